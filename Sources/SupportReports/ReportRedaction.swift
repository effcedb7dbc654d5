// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Takes out of a text what tells a person, a device or a key from others, before strangers read it.
///
/// What is known is replaced by name: each word that was handed over, as a whole word in any case. What is not known is
/// replaced by its form: e-mail addresses, homes, serial numbers after that word, and long ids. It rather takes too much.
package struct ReportRedaction: Sendable {
    private let words: [(word: [UInt8], replacement: [UInt8])]

    /// A redaction.
    ///
    /// - Parameter words: what must not be in a text, and what stands there instead. Words of one byte are left: they would be
    ///   found everywhere.
    package init(_ words: [(word: String, replacement: String)]) {
        var all: [(word: [UInt8], replacement: [UInt8])] = []
        for (word, replacement) in words where word.utf8.count > 1 {
            // As it is, and as it stands in a JSON text.
            let escaped = word.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
            for spelling in Set([word, String(escaped)]) {
                all.append((spelling.utf8.map(Self.lowered), Array(replacement.utf8)))
            }
        }
        // A longer word may have a shorter one within.
        self.words = all.sorted { $0.word.count > $1.word.count }
    }

    /// The text without all that.
    package func redacted(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for (word, replacement) in words { bytes = Self.replacing(word, in: bytes, with: replacement) }
        return Self.tokens(String(decoding: bytes, as: UTF8.self))
    }

    private static func replacing(_ word: [UInt8], in text: [UInt8], with replacement: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            let end = index + word.count
            if end <= text.count, lowered(text[index]) == word[0],
                zip(text[index..<end], word).allSatisfy({ lowered($0) == $1 }),
                index == 0 || !isLetter(text[index - 1]) || !isLetter(word[0]),
                end == text.count || !isLetter(text[end]) || !isLetter(word[word.count - 1])
            {
                result += replacement
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    // MARK: - By form

    /// The text with what looks personal replaced.
    private static func tokens(_ text: String) -> String {
        var result = ""
        var token = ""
        var former: [String] = []
        func close() {
            guard !token.isEmpty else { return }
            result += replaced(token, after: former)
            former = former.suffix(2) + [token.lowercased()]
            token = ""
        }
        for character in text {
            if isPart(character) {
                token.append(character)
            } else {
                close()
                if character == "/" { former = former.suffix(2) + ["/"] }
                result.append(character)
            }
        }
        close()
        return result
    }

    private static func replaced(_ token: String, after former: [String]) -> String {
        if token.dropFirst().dropLast().contains("@") { return "(email)" }
        if former.suffix(2) == ["home", "/"] { return "(user)" }
        let word = former.last ?? ""
        let isNumber = word == "serial" || (word == "number" && former.dropLast().last == "serial")
        if isNumber, token.utf8.contains(where: isDigit) { return "(serial)" }
        return isID(token) ? "(id)" : token
    }

    /// Whether a token looks made by a machine: hexadecimal of 16 digits and more, or 20 characters and more of small letters, capitals and
    /// digits.
    private static func isID(_ token: String) -> Bool {
        let bytes = token.utf8.filter { $0 != 45 && $0 != 95 && $0 != 46 }
        guard bytes.contains(where: isDigit), bytes.contains(where: { !isDigit($0) }) else { return false }
        if bytes.count >= 16, bytes.allSatisfy({ isDigit($0) || (97...102).contains(lowered($0)) }) { return true }
        return bytes.count >= 20 && bytes.contains { (65...90).contains($0) }
            && bytes.contains { (97...122).contains($0) }
    }

    private static func isPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "-_@.+%".contains(character)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        isDigit(byte) || (97...122).contains(lowered(byte)) || byte >= 0x80
    }
    private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
