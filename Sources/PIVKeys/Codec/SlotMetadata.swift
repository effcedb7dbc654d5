// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// What a YubiKey (5.3 and later) says of a slot: the answer to GET METADATA.
struct SlotMetadata: Hashable, Sendable {
    /// The algorithm's identifier.
    var algorithm: UInt8
    /// When the PIN is asked for; `nil` where the card did not say.
    var pinPolicy: PIVPINPolicy?
    /// When a touch is asked for; `nil` where the card did not say.
    var touchPolicy: PIVTouchPolicy?
    /// The public key, where there is one that is spoken here.
    var publicKey: PublicKey?
    /// Whether the secret is still the one of the factory.
    var isDefault: Bool?
    /// How many wrong entries are left.
    var triesLeft: Int?

    /// Reads an answer.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``.
    init(_ bytes: [UInt8]) throws(CardFailure) {
        let objects = try BERTLV.all(in: bytes, of: "metadata")
        guard let algorithm = objects.value(0x01), algorithm.count == 1 else { throw .malformed("metadata") }
        self.algorithm = algorithm[0]
        if let policies = objects.value(0x02) {
            guard policies.count == 2 else { throw .malformed("metadata") }
            pinPolicy = PIVPINPolicy(identifier: policies[0])
            touchPolicy = PIVTouchPolicy(identifier: policies[1])
        }
        if let isDefault = objects.value(0x05) { self.isDefault = isDefault == [1] }
        if let tries = objects.value(0x06), tries.count == 2 { triesLeft = Int(tries[1]) }
        if let key = objects.value(0x04), let algorithm = PIVAlgorithm(identifier: self.algorithm) {
            publicKey = try PublicKeyTemplate.read(key, as: algorithm)
        }
    }
}
