// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Patterns with `*`, `?` and sets in brackets, as a shell matches names.
enum Wildcard {
    /// Whether a text matches a pattern.
    ///
    /// - Parameter escapes: whether a backslash takes the meaning from the character after it.
    static func matches(_ text: String, _ pattern: String, escapes: Bool = false) -> Bool {
        let text = Array(text.unicodeScalars), pattern = Array(pattern.unicodeScalars)
        guard text.count <= 4096, pattern.count <= 4096 else { return false }
        var at = 0, step = 0
        // Where to go on when what follows the last star does not match.
        var retry: (at: Int, step: Int)?
        while at < text.count {
            if step < pattern.count, pattern[step] == "*" {
                retry = (at, step + 1)
                step += 1
            } else if let next = Self.next(pattern, step, escapes, matching: text[at]) {
                at += 1
                step = next
            } else if let last = retry {
                retry = (last.at + 1, last.step)
                at = last.at + 1
                step = last.step
            } else {
                return false
            }
        }
        return pattern[step...].allSatisfy { $0 == "*" }
    }

    /// Where the pattern goes on behind a step that matches a character; `nil` where it does not.
    private static func next(
        _ pattern: [UnicodeScalar], _ step: Int, _ escapes: Bool, matching character: UnicodeScalar
    ) -> Int? {
        guard step < pattern.count else { return nil }
        switch pattern[step] {
        case "?": return step + 1
        case "[":
            guard let end = pattern[(step + 1)...].dropFirst().firstIndex(of: "]") else {
                return character == "[" ? step + 1 : nil
            }
            var set = pattern[(step + 1)..<end]
            let isNegated = set.first == "!" || set.first == "^"
            if isNegated { set = set.dropFirst() }
            return contains(Array(set), character) != isNegated ? end + 1 : nil
        case "\\" where escapes && step + 1 < pattern.count:
            return pattern[step + 1] == character ? step + 2 : nil
        default: return pattern[step] == character ? step + 1 : nil
        }
    }

    private static func contains(_ set: [UnicodeScalar], _ character: UnicodeScalar) -> Bool {
        var index = 0
        while index < set.count {
            if index + 2 < set.count, set[index + 1] == "-" {
                if set[index] <= character && character <= set[index + 2] { return true }
                index += 3
            } else {
                if set[index] == character { return true }
                index += 1
            }
        }
        return false
    }
}
