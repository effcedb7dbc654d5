// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A secret sealed to two keys of one TPM: only `TPM2_ActivateCredential` opens it, in the TPM that has the endorsement key and the
/// key of the name (TPM 2.0 Part 1 §24; Part 3 §12.6).
public struct TPMCredential: Hashable, Sendable {
    /// `TPM2B_ID_OBJECT`.
    public let credentialBlob: [UInt8]
    /// `TPM2B_ENCRYPTED_SECRET`.
    public let encryptedSecret: [UInt8]

    /// How many bytes a secret may have: as many as the shortest digest here.
    public static let maximumSecretLength = 32

    /// Seals a secret, as `TPM2_MakeCredential` does.
    ///
    /// - Parameters:
    ///   - ek: the endorsement key, a storage key.
    ///   - akName: the name of the attestation key.
    ///   - secret: 1 to ``maximumSecretLength`` bytes.
    /// - Throws: ``CryptographyError/invalidKey`` where the endorsement key is no storage key.
    public static func make(
        ek: TPMPublicArea, akName: [UInt8], secret: SecretBytes
    ) throws(CryptographyError) -> TPMCredential {
        precondition((1...maximumSecretLength).contains(secret.count))
        guard let keyBits = ek.symmetricKeyBits else { throw .invalidKey }
        let digest = ek.nameAlgorithm
        let (seed, encryptedSeed) = try makeSeed(for: ek)
        let symmetric = try TPMKeyDerivation.kdfa(
            digest, key: seed, label: "STORAGE", contextU: akName, bits: keyBits)
        let encryptedIdentity = try AESCFB.encrypt(sized(secret), key: symmetric)
        let integrityKey = try TPMKeyDerivation.kdfa(digest, key: seed, label: "INTEGRITY", bits: digest.length * 8)
        let code = try HMAC.code(of: encryptedIdentity + akName, key: integrityKey, digest: digest)
        return TPMCredential(
            credentialBlob: sized(sized(code) + encryptedIdentity), encryptedSecret: sized(encryptedSeed))
    }

    /// A seed that only the endorsement key can find again (TPM 2.0 Part 1 annexes B.10.4 and C.6.4).
    private static func makeSeed(
        for ek: TPMPublicArea
    ) throws(CryptographyError) -> (seed: SecretBytes, encrypted: [UInt8]) {
        let digest = ek.nameAlgorithm
        switch ek.publicKey.material {
        case .rsa:
            var bytes = try SecureRandom.bytes(digest.length)
            let seed = SecretBytes(wiping: &bytes)
            let encrypted = try RSAOAEP.encrypt(
                seed, to: ek.publicKey, digest: digest, label: Array("IDENTITY".utf8) + [0])
            return (seed, encrypted)
        case .p256(let peerX, _), .p384(let peerX, _):
            let agreement = try EphemeralKeyAgreement(with: ek.publicKey)
            guard let (x, y) = agreement.publicKey.coordinates else { throw .invalidKey }
            let seed = try TPMKeyDerivation.kdfe(
                digest, sharedSecret: agreement.sharedSecret, label: "IDENTITY", partyU: x, partyV: peerX,
                bits: digest.length * 8)
            return (seed, sized(x) + sized(y))
        case .ed25519:
            throw .invalidKey
        }
    }

    /// `TPM2B_…`: two bytes of length before.
    private static func sized(_ bytes: [UInt8]) -> [UInt8] { TPMPublicArea.bigEndian(UInt16(bytes.count)) + bytes }

    private static func sized(_ secret: SecretBytes) -> SecretBytes {
        // With room from the start, so that no copy is left behind when the array grows.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 + secret.count)
        bytes += TPMPublicArea.bigEndian(UInt16(secret.count))
        secret.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return SecretBytes(wiping: &bytes)
    }
}

extension PublicKey {
    /// The point of a key on a curve of NIST's.
    fileprivate var coordinates: (x: [UInt8], y: [UInt8])? {
        switch material {
        case .p256(let x, let y), .p384(let x, let y): (x, y)
        case .rsa, .ed25519: nil
        }
    }
}
