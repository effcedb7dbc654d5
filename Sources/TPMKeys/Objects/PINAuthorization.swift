// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Glibc

/// The authorization value that a PIN stands for.
///
/// scrypt (RFC 7914) of the PIN with a salt of the key's own, 32 bytes as the TPM takes at most. What bounds guessing is the TPM's
/// lockout, without which no key with a PIN is made. The stretching is for whoever gets hold of the value itself: it tells nothing of
/// a PIN that is used elsewhere before some hours of computing.
enum PINAuthorization {
    /// How much a PIN is stretched. A key keeps what it was made with.
    enum Cost: Hashable, Sendable {
        /// 16 MiB and some hundredths of a second: of keys that were made before there was another.
        case former
        /// 2 MiB and some milliseconds.
        case current

        fileprivate var stretching: Scrypt { Scrypt(cost: self == .former ? 1 << 14 : 1 << 11) }
    }

    /// How many bytes the salt has.
    static let saltSize = 16

    /// The value of a PIN.
    static func value(of pin: SecretBytes, salt: [UInt8], cost: Cost) throws(CryptographyError) -> SecretBytes {
        let derived = try cost.stretching.derive(pin, salt: Array("countersign-tpm-pin-1".utf8) + salt)
        // The TPM drops zeros from the end of an authorization value (TPM 2.0 Part 1 §19.6.4.3); there are none.
        var bytes = [UInt8](repeating: 0, count: 32)
        derived.withUnsafeBytes { derived in
            bytes.withUnsafeMutableBytes { $0.copyMemory(from: derived) }
        }
        bytes[31] |= 1
        return SecretBytes(wiping: &bytes)
    }
}

/// Writes zeros that the compiler does not leave out.
func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
}
