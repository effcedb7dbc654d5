// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import FoundationEssentials

/// What is kept beside a key that a PIN guards: how the PIN is stretched.
struct PINRecord: Codable {
    /// The format of the record.
    var version = 1
    /// scrypt's N.
    var cost: UInt64
    /// scrypt's r.
    var blockSize: UInt64
    /// scrypt's p.
    var parallelism: UInt64
    /// 16 random bytes, in base64url.
    var salt: String

    /// A record for a new key.
    init(stretchedBy scrypt: Scrypt) throws {
        cost = scrypt.cost
        blockSize = scrypt.blockSize
        parallelism = scrypt.parallelism
        salt = Base64URL.encode(try SecureRandom.bytes(16))
    }

    /// Reads a record, and refuses one whose cost this program would never have written.
    init(reading bytes: [UInt8]) throws(DeviceKeyError) {
        guard let record = try? JSONDecoder().decode(Self.self, from: Data(bytes)), record.version == 1,
            (1 << 14...1 << 20).contains(record.cost), record.cost.nonzeroBitCount == 1, record.blockSize == 8,
            (1...4).contains(record.parallelism)
        else { throw DeviceKeyError(.keyDamaged, "the record of the key's PIN is damaged: enroll this device anew") }
        self = record
    }

    /// The record as a file.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(try encoder.encode(self))
    }

    /// What opens the key: the PIN with the store's secret before it, stretched. 128 MiB and some tenths of a second.
    ///
    /// Neither the files without the person's PIN nor the PIN without the secret open it.
    func passphrase(pin: SecretBytes, secret: SecretBytes) throws -> SecretBytes {
        var joined = secret.withUnsafeBytes { Array($0) } + pin.withUnsafeBytes { Array($0) }
        let scrypt = Scrypt(cost: cost, blockSize: blockSize, parallelism: parallelism)
        let stretched = try scrypt.derive(SecretBytes(wiping: &joined), salt: try Base64URL.decode(salt))
        var letters = Array(stretched.withUnsafeBytes { Base64URL.encode($0) }.utf8)
        return SecretBytes(wiping: &letters)
    }
}
