// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Glibc

/// The authorization value that a PIN stands for.
///
/// scrypt (RFC 7914) of the PIN with a salt of the key's own, 32 bytes as the TPM takes at most. What bounds guessing is the TPM's
/// lockout. The stretching is for whoever can undo the lockout (an administrator with the lockout password) or has a copy of the
/// value: it tells nothing of a PIN that is used elsewhere.
enum PINAuthorization {
    /// How many bytes the salt has.
    static let saltSize = 16
    /// 16 MiB and some hundredths of a second.
    private static let stretching = Scrypt(cost: 1 << 14)

    /// The value of a PIN.
    static func value(of pin: SecretBytes, salt: [UInt8]) throws(CryptographyError) -> SecretBytes {
        let derived = try stretching.derive(pin, salt: Array("countersign-tpm-pin-1".utf8) + salt)
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
