// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Commands that people give to idle daemons.
enum LockCommand {
    private static let lockers: Set<String> = [
        "swaylock", "waylock", "gtklock", "hyprlock", "i3lock", "i3lock-color", "slock", "xsecurelock", "xlock",
    ]

    /// The program that locks the screen, where a command runs a known one.
    ///
    /// A command that ends one (`pkill swaylock`) does not, and a script of the person's own cannot be told.
    static func locker(_ command: String) -> String? {
        let words = command.split { $0.isWhitespace || ";|&'\"()".contains($0) }
        let programs = words.map { $0.split(separator: "/").last.map(String.init) ?? "" }
        guard !programs.contains(where: { ["pkill", "killall", "kill"].contains($0) }) else { return nil }
        return programs.first(where: lockers.contains)
    }

    /// Whether a command asks logind to lock, which then needs somebody who listens.
    static func asksToLock(_ command: String) -> Bool {
        let words = command.split { $0.isWhitespace || ";|&'\"()".contains($0) }
        return words.contains { $0.split(separator: "/").last == "loginctl" } && words.contains("lock-session")
    }

    /// The words of a line as a shell splits them, without expansion; `nil` where a quote does not close.
    static func words(_ line: some StringProtocol) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = Array(line)[...]
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open {
                    quote = nil
                } else if character == "\\" && open == "\"", let next = rest.popFirst() {
                    word = (word ?? "") + String(next)
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else if character == "\\", let next = rest.popFirst() {
                word = (word ?? "") + String(next)
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return quote == nil ? words : nil
    }
}
