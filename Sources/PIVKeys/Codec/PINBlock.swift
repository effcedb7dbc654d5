// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A PIN as VERIFY takes it: eight bytes, filled with FF (NIST SP 800-73-4 Part 2 §2.4.3).
enum PINBlock {
    static let size = 8

    /// The command's data, or `nil` where no card could have such a PIN: it is empty, longer than eight bytes, or has FF in it.
    static func bytes(_ pin: SecretBytes) -> SecretBytes? {
        guard (1...size).contains(pin.count) else { return nil }
        return pin.withUnsafeBytes { pin in
            guard !pin.contains(0xFF) else { return nil }
            // Filled in place: a sum of arrays would leave a copy behind.
            var block = [UInt8](repeating: 0xFF, count: size)
            for (position, byte) in pin.enumerated() { block[position] = byte }
            return SecretBytes(wiping: &block)
        }
    }
}
