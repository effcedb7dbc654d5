// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

extension SecretBytes {
    /// How many characters the bytes are as UTF-8, as people count them: an emoji of a whole family is one (UAX #29).
    ///
    /// ASCII is counted where it is. Other text is copied for this, and the copy is not wiped where it has more than 15 bytes.
    public var characterCount: Int {
        withUnsafeBytes { bytes in
            bytes.allSatisfy { $0 < 0x80 } ? bytes.count : String(decoding: bytes, as: UTF8.self).count
        }
    }
}
