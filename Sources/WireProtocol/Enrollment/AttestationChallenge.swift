// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The body that asks the verifier for bytes that hardware is to certify (docs/protocol.md §7).
public struct AttestationRequest: Hashable, Sendable, Codable {
    /// The `requestId` that the enrolment, or the request for a spare key, will have.
    public var requestID: String
    /// The TPM's identity, where a TPM is to certify.
    public var tpm: TPM?

    /// A TPM's identity.
    public struct TPM: Hashable, Sendable {
        /// The endorsement key's certificate and the maker's, in DER.
        public let endorsementCertificates: [[UInt8]]
        /// The endorsement key's `TPMT_PUBLIC`.
        public let endorsementKey: [UInt8]
        /// The attestation key's `TPMT_PUBLIC`.
        public let attestationKey: [UInt8]

        /// An identity.
        ///
        /// - Throws: ``AttestationStatementError/tooLarge`` where it is beyond the bounds of ``AttestationStatement``.
        public init(
            endorsementCertificates: [[UInt8]], endorsementKey: [UInt8], attestationKey: [UInt8]
        ) throws(AttestationStatementError) {
            let length = (endorsementCertificates + [endorsementKey, attestationKey]).reduce(0) { $0 + $1.count }
            guard endorsementCertificates.count <= AttestationStatement.maximumCertificates,
                length <= AttestationStatement.maximumLength
            else { throw .tooLarge }
            self.endorsementCertificates = endorsementCertificates
            self.endorsementKey = endorsementKey
            self.attestationKey = attestationKey
        }
    }

    /// A request.
    public init(requestID: String, tpm: TPM? = nil) {
        self.requestID = requestID
        self.tpm = tpm
    }

    private enum CodingKeys: String, CodingKey {
        case requestID = "requestId"
        case tpm
    }
}

extension AttestationRequest.TPM: Codable {
    private enum CodingKeys: String, CodingKey {
        case endorsementCertificates, endorsementKey, attestationKey
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            endorsementCertificates: try container.decode(DERCertificates.self, forKey: .endorsementCertificates).der,
            endorsementKey: try Base64URL.decode(try container.decode(String.self, forKey: .endorsementKey)),
            attestationKey: try Base64URL.decode(try container.decode(String.self, forKey: .attestationKey)))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(DERCertificates(der: endorsementCertificates), forKey: .endorsementCertificates)
        try container.encode(Base64URL.encode(endorsementKey), forKey: .endorsementKey)
        try container.encode(Base64URL.encode(attestationKey), forKey: .attestationKey)
    }
}

/// The verifier's answer: what hardware is to certify.
public struct AttestationChallenge: Hashable, Sendable {
    /// The bytes; 32 random ones.
    public var challenge: [UInt8]
    /// The secret that the TPM is to open, where the request had one's identity.
    public var tpm: SealedSecret?

    /// A secret sealed to a TPM.
    public struct SealedSecret: Hashable, Sendable {
        /// `TPM2B_ID_OBJECT`.
        public var credentialBlob: [UInt8]
        /// `TPM2B_ENCRYPTED_SECRET`.
        public var encryptedSecret: [UInt8]

        /// A sealed secret.
        public init(credentialBlob: [UInt8], encryptedSecret: [UInt8]) {
            self.credentialBlob = credentialBlob
            self.encryptedSecret = encryptedSecret
        }
    }

    /// How many bytes a challenge has that an agent takes.
    public static let challengeLengths = 16...64
    /// How long the structures of a sealed secret may be, in bytes.
    public static let maximumStructureLength = 2048

    /// An answer.
    public init(challenge: [UInt8], tpm: SealedSecret? = nil) {
        self.challenge = challenge
        self.tpm = tpm
    }
}

extension AttestationChallenge: Codable {
    private enum CodingKeys: String, CodingKey {
        case challenge, tpm
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        challenge = try Base64URL.decode(try container.decode(String.self, forKey: .challenge))
        guard Self.challengeLengths.contains(challenge.count) else {
            throw DecodingError.dataCorruptedError(
                forKey: .challenge, in: container, debugDescription: "not as long as challenges are")
        }
        tpm = try container.decodeIfPresent(SealedSecret.self, forKey: .tpm)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Base64URL.encode(challenge), forKey: .challenge)
        try container.encodeIfPresent(tpm, forKey: .tpm)
    }
}

extension AttestationChallenge.SealedSecret: Codable {
    private enum CodingKeys: String, CodingKey {
        case credentialBlob, encryptedSecret
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        credentialBlob = try Base64URL.decode(try container.decode(String.self, forKey: .credentialBlob))
        encryptedSecret = try Base64URL.decode(try container.decode(String.self, forKey: .encryptedSecret))
        guard max(credentialBlob.count, encryptedSecret.count) <= AttestationChallenge.maximumStructureLength else {
            throw AttestationStatementError.tooLarge
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Base64URL.encode(credentialBlob), forKey: .credentialBlob)
        try container.encode(Base64URL.encode(encryptedSecret), forKey: .encryptedSecret)
    }
}
