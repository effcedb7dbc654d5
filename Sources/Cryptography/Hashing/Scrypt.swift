// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// The password-based key derivation function scrypt (RFC 7914).
public struct Scrypt: Hashable, Sendable {
    /// The cost N, a power of two above 1.
    public var cost: UInt64
    /// The block size r.
    public var blockSize: UInt64
    /// The parallelism p.
    public var parallelism: UInt64

    /// Parameters of one's own.
    public init(cost: UInt64, blockSize: UInt64 = 8, parallelism: UInt64 = 1) {
        self.cost = cost
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// What a person's PIN is stretched by: N = 2^17, r = 8, p = 1; 128 MiB and a few tenths of a second a guess.
    public static let interactive = Scrypt(cost: 1 << 17)

    /// The key that a passphrase and a salt give.
    ///
    /// - Parameter length: how many bytes, 1 to 64.
    public func derive(_ passphrase: SecretBytes, salt: [UInt8], length: Int = 32) throws(CryptographyError)
        -> SecretBytes
    {
        precondition((1...64).contains(length))
        var output = [UInt8](repeating: 0, count: length)
        let memory = 128 * blockSize * (cost + parallelism + 2) + (1 << 20)
        let done = passphrase.withUnsafeBytes { passphrase in
            EVP_PBE_scrypt(
                passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), passphrase.count, salt, salt.count, cost,
                blockSize, parallelism, memory, &output, length)
        }
        guard done == 1 else { throw .libraryFailure(function: "EVP_PBE_scrypt") }
        return SecretBytes(wiping: &output)
    }
}
