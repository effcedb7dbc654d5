// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Walks over one line of sudoers(5) whose parts are put together and whose comment is gone.
struct SudoersScanner {
    private static let longestLine = 1 << 18

    private var rest: ArraySlice<Character>

    init(_ line: [Character]) { rest = line[...] }

    // MARK: Lines

    /// The lines of a file, without comments, and put together where a backslash ends one.
    ///
    /// - Throws: ``ReadFailure/malformed`` where the file is no text, or a quote does not close.
    static func logicalLines(_ bytes: [UInt8]) throws(ReadFailure) -> [[Character]] {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw .malformed }
        var lines: [[Character]] = []
        var pending: [Character] = []
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let (kept, goesOn) = try withoutComment(Array(line), isFirst: pending.isEmpty)
            pending += kept
            guard pending.count <= longestLine else { throw .tooLarge(limit: longestLine) }
            if goesOn {
                pending.append(" ")
                continue
            }
            if !pending.isEmpty { lines.append(pending) }
            pending = []
        }
        if !pending.isEmpty { lines.append(pending) }
        return lines
    }

    /// A line up to its comment, and whether the next one belongs to it.
    private static func withoutComment(
        _ line: [Character], isFirst: Bool
    ) throws(ReadFailure) -> (kept: [Character], goesOn: Bool) {
        let start = line.firstIndex { !$0.isWhitespace } ?? line.count
        if isFirst, line[start...].starts(with: "#include") { return (line, false) }
        var isQuoted = false
        var index = 0
        while index < line.count {
            switch line[index] {
            case "\\":
                if line[(index + 1)...].allSatisfy(\.isWhitespace) { return (Array(line[..<index]), true) }
                index += 1
            case "\"": isQuoted.toggle()
            case "#" where !isQuoted:
                // A number of a user or group is no comment.
                let next = line[(index + 1)...].drop { $0 == "-" }.first
                if !(next?.isASCII == true && next?.isNumber == true) { return (Array(line[..<index]), false) }
            default: break
            }
            index += 1
        }
        guard !isQuoted else { throw .malformed }
        return (line, false)
    }

    // MARK: Steps

    /// Whether nothing but blanks is left.
    var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

    /// Goes to the next character that is no blank.
    mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

    /// Whether a character comes next.
    func isBefore(_ character: Character) -> Bool { rest.first == character }

    /// Takes a character behind blanks, where it comes next.
    mutating func take(_ character: Character) -> Bool {
        let ahead = rest.drop(while: \.isWhitespace)
        guard ahead.first == character else { return false }
        rest = ahead.dropFirst()
        return true
    }

    /// Takes a word that blanks follow.
    mutating func take(word: String) -> Bool {
        guard rest.starts(with: word), rest.dropFirst(word.count).first?.isWhitespace == true else { return false }
        rest = rest.dropFirst(word.count)
        return true
    }

    /// Takes a word that a character follows, behind blanks perhaps, and the character.
    mutating func take(_ word: String, before character: Character) -> Bool {
        guard rest.starts(with: word) else { return false }
        let ahead = rest.dropFirst(word.count).drop(while: \.isWhitespace)
        guard ahead.first == character else { return false }
        rest = ahead.dropFirst()
        return true
    }

    /// Takes the word that begins options, and the character behind it that says what they are about.
    mutating func takeDefaults() -> Character? {
        guard rest.starts(with: "Defaults"), let mark = rest.dropFirst(8).first,
            mark.isWhitespace || ":@>!".contains(mark)
        else { return nil }
        rest = rest.dropFirst(9)
        return mark
    }

    /// The name of a user, a group, a machine or an alias; those of foreign groups begin with `%:`.
    mutating func name(until ends: String) throws(ReadFailure) -> String {
        guard rest.starts(with: "%:") else { return try word(until: ends + "!") }
        rest = rest.dropFirst(2)
        return "%:" + (try word(until: ends + "!"))
    }

    /// An address of IPv6, where one comes next; its colons are no ends.
    mutating func address() -> String? {
        let word = rest.prefix { $0.isHexDigit || ":./".contains($0) }
        guard word.count(where: { $0 == ":" }) >= 2 else { return nil }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    /// What stands up to a blank or one of some characters, with quotes and backslashes resolved.
    mutating func word(until ends: String) throws(ReadFailure) -> String {
        var word = ""
        var isQuoted = false
        while let character = rest.first {
            if isQuoted {
                rest = rest.dropFirst()
                if character == "\"" {
                    isQuoted = false
                } else if character == "\\", let next = rest.first {
                    if next != "\"" { word.append(character) }
                    word.append(next)
                    rest = rest.dropFirst()
                } else {
                    word.append(character)
                }
                continue
            }
            if character.isWhitespace || ends.contains(character) { break }
            rest = rest.dropFirst()
            switch character {
            case "\"": isQuoted = true
            case "\\":
                guard let next = rest.popFirst() else { throw .malformed }
                word.append(next)
            default: word.append(character)
            }
        }
        guard !isQuoted else { throw .malformed }
        return word
    }

    /// Goes over digests of a command such as `sha256:…`, of which several are divided by commas.
    mutating func skipDigests() throws(ReadFailure) {
        while ["sha224", "sha256", "sha384", "sha512"].contains(where: { take($0, before: ":") }) {
            skipBlanks()
            guard !(try word(until: ",")).isEmpty else { throw .malformed }
            skipBlanks()
            if isBefore(",") { rest = rest.dropFirst() }
            skipBlanks()
        }
    }

    /// A command with its arguments, one blank between each; backslashes stay that have a meaning in patterns.
    mutating func command() throws(ReadFailure) -> String {
        skipBlanks()
        var words: [String] = []
        while let first = rest.first, !",:=()".contains(first) || (!words.isEmpty && first != "," && first != ":") {
            var word = ""
            while let character = rest.first, !character.isWhitespace, character != ",", character != ":",
                character != "="
            {
                rest = rest.dropFirst()
                guard character == "\\", let next = rest.popFirst() else {
                    word.append(character)
                    continue
                }
                // Before these a backslash is the file's; before others it is the pattern's.
                if !":\\,= \t#".contains(next) { word.append(character) }
                word.append(next)
            }
            // A sign of equality needs a backslash in arguments; one without is an error of the file.
            guard !word.isEmpty else { throw .malformed }
            words.append(word)
            // Aliases and the like take no arguments.
            if words.count == 1, !Self.takesArguments(word) { break }
            skipBlanks()
        }
        skipBlanks()
        guard rest.isEmpty || rest.first == "," || rest.first == ":" else { throw .malformed }
        return words.joined(separator: " ")
    }

    private static func takesArguments(_ word: String) -> Bool {
        word.hasPrefix("/") || word.hasPrefix("^") || word.hasPrefix("~") || word == "sudoedit" || word.hasPrefix("\\")
    }
}
