// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A text of at most 16 bytes as two numbers: two of them are compared without a look at their strings.
struct ShortText: Sendable, Hashable {
    /// The longest text that is one, in bytes of UTF-8.
    static let longest = 16
    /// Stands for what is no short text where there has to be one; it equals none.
    static let other = ShortText(count: -1, low: 0, high: 0)

    private let count: Int
    private let low: UInt64
    private let high: UInt64

    private init(count: Int, low: UInt64, high: UInt64) {
        self.count = count
        self.low = low
        self.high = high
    }

    /// The text; `nil` where it is longer.
    init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= Self.longest else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 {
                words.0 |= UInt64(byte) << UInt64(index * 8)
            } else {
                words.1 |= UInt64(byte) << UInt64((index - 8) * 8)
            }
        }
        count = bytes.count
        (low, high) = words
    }
}
