// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// What a TPM says of itself before a secret is sealed to it (docs/protocol.md §7). Nothing of it is proven.
public struct UnverifiedTPMIdentity: Hashable, Sendable {
    /// The endorsement key's certificate, and the maker's that were stored with it, in DER.
    public let endorsementCertificates: [[UInt8]]
    /// The endorsement key's `TPMT_PUBLIC`.
    public let endorsementKey: [UInt8]
    /// The attestation key's `TPMT_PUBLIC`.
    public let attestationKey: [UInt8]

    /// An identity.
    public init(endorsementCertificates: [[UInt8]], endorsementKey: [UInt8], attestationKey: [UInt8]) {
        self.endorsementCertificates = endorsementCertificates
        self.endorsementKey = endorsementKey
        self.attestationKey = attestationKey
    }

    /// Checks that a trusted maker certified the endorsement key, and that the attestation key could be one. Nothing else makes a
    /// ``VerifiedTPMIdentity``.
    func verify(
        against makers: TrustedCertificates, at time: Int64
    ) throws(AttestationRefusal) -> VerifiedTPMIdentity {
        let ek = try Self.area(endorsementKey, part: "endorsementKey")
        let ak = try Self.area(attestationKey, part: "attestationKey")
        guard ek.attributes.isSuperset(of: [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .restricted, .decrypt]),
            !ek.attributes.contains(.sign), ek.symmetricKeyBits != nil
        else { throw .tpm(.endorsementKeyAttributes) }
        guard ak.attributes.isSuperset(of: [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .restricted, .sign]),
            !ak.attributes.contains(.decrypt)
        else { throw .tpm(.attestationKeyAttributes) }
        guard !endorsementCertificates.isEmpty else { throw .tpm(.noEndorsementCertificate) }
        let chain = try UnverifiedCertificateChain(of: endorsementCertificates)
        guard chain.leaf.publicKey == ek.publicKey else { throw .tpm(.endorsementKeyMismatch) }
        let model = try EndorsementCertificateProfile.check(chain.leaf)
        let verified = try chain.verified(against: makers, at: time)
        return VerifiedTPMIdentity(endorsementKey: ek, attestationKey: ak, model: model, trustPath: verified.subjects)
    }

    static func area(_ bytes: [UInt8], part: String) throws(AttestationRefusal) -> TPMPublicArea {
        do { return try TPMPublicArea(bytes) } catch { throw .malformed(part: part) }
    }
}

/// A TPM whose endorsement key a trusted maker certified. That its attestation key is in the same TPM is shown by opening a secret.
public struct VerifiedTPMIdentity: Hashable, Sendable {
    /// The endorsement key.
    public let endorsementKey: TPMPublicArea
    /// The attestation key, as claimed.
    public let attestationKey: TPMPublicArea
    /// What the maker says of the TPM.
    public let model: TPMModel
    /// The names on the path from the endorsement certificate to the maker's root.
    public let trustPath: [String]

    fileprivate init(
        endorsementKey: TPMPublicArea, attestationKey: TPMPublicArea, model: TPMModel, trustPath: [String]
    ) {
        self.endorsementKey = endorsementKey
        self.attestationKey = attestationKey
        self.model = model
        self.trustPath = trustPath
    }

    /// Seals a secret that only this TPM can open, and only where it has the attestation key.
    ///
    /// - Parameter secret: 16 to 32 random bytes.
    public func seal(_ secret: SecretBytes) throws(CryptographyError) -> TPMCredential {
        try TPMCredential.make(ek: endorsementKey, akName: try attestationKey.name(), secret: secret)
    }
}

/// What the verifier keeps between sealing a secret to a TPM and the enrolment that brings it back.
public struct TPMActivation: Sendable {
    /// The identity that the secret was sealed to.
    public let identity: UnverifiedTPMIdentity
    /// The secret.
    public let secret: SecretBytes

    /// An activation under way.
    public init(identity: UnverifiedTPMIdentity, secret: SecretBytes) {
        self.identity = identity
        self.secret = secret
    }
}

/// What the TCG wants of an endorsement certificate (TCG EK Credential Profile for TPM 2.0 §3.2).
enum EndorsementCertificateProfile {
    private static let extendedKeyUsage = "2.5.29.37"
    /// `tcg-kp-EKCertificate`.
    private static let endorsementPurpose = "2.23.133.8.1"

    /// - Returns: what the certificate says of the TPM.
    static func check(_ certificate: Certificate) throws(AttestationRefusal) -> TPMModel {
        guard certificate.version == 3 else { throw .certificateProfile(.version) }
        guard !certificate.isCA else { throw .certificateProfile(.isCA) }
        if let usage = certificate.extensionValue(oid: extendedKeyUsage) {
            guard let purposes = try? purposes(in: usage), purposes.contains(endorsementPurpose) else {
                throw .certificateProfile(.purpose)
            }
        }
        guard let names = certificate.extensionValue(oid: TPMModel.subjectAlternativeName),
            let model = try? TPMModel(subjectAlternativeName: names)
        else { throw .certificateProfile(.factsExtension) }
        return model
    }

    private static func purposes(in value: [UInt8]) throws(CryptographyError) -> [String] {
        try DERReader.sequence(value) { element throws(CryptographyError) in try element.objectIdentifier() }
    }
}
