// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a person calls a card.
enum DeviceName {
    /// `YubiKey 12345678`, or the reader's name without the numbers that pcscd puts behind it.
    static func of(reader: String, identity: CardIdentity?) -> String {
        if case .serial(let number)? = identity { return "YubiKey \(number)" }
        var words = reader.split(separator: " ")
        for _ in 0..<2 where words.count > 1 && words.last.map(isIndex) == true { words.removeLast() }
        return words.joined(separator: " ")
    }

    private static func isIndex(_ word: Substring) -> Bool {
        word.utf8.count == 2 && UInt8(word, radix: 16) != nil
    }
}
