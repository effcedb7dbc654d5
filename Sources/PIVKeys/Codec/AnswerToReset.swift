// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a card says of itself when it gets power (ISO/IEC 7816-3 §8).
struct AnswerToReset: Hashable, Sendable {
    /// The historical bytes (ISO/IEC 7816-4 §8.1.1); empty where there are none or the whole is not well-formed.
    var historicalBytes: [UInt8]

    init(_ bytes: [UInt8]) {
        historicalBytes = []
        guard bytes.count >= 2 else { return }
        let count = Int(bytes[1] & 0x0F)
        var position = 2
        var present = bytes[1] >> 4
        while present != 0 {
            var next: UInt8 = 0
            for bit in 0..<4 where present & (1 << bit) != 0 {
                guard position < bytes.count else { return }
                // The fourth interface byte, TD, says which ones follow.
                if bit == 3 { next = bytes[position] >> 4 }
                position += 1
            }
            present = next
        }
        guard count <= bytes.count - position else { return }
        historicalBytes = Array(bytes[position..<(position + count)])
    }

    /// Whether the card says that it takes extended lengths (§8.1.1.2.7, third byte of the card capabilities).
    var supportsExtendedLength: Bool {
        guard let first = historicalBytes.first, first == 0x80 || first == 0x00 else { return false }
        // The last three bytes after a category of 0 are a status, not an object.
        let end = first == 0 ? max(1, historicalBytes.count - 3) : historicalBytes.count
        var position = 1
        while position < end {
            let tag = historicalBytes[position]
            let value = historicalBytes[(position + 1)...].prefix(Int(tag & 0x0F))
            if tag == 0x73, value.count == 3, let last = value.last { return last & 0x40 != 0 }
            position += 1 + Int(tag & 0x0F)
        }
        return false
    }
}
