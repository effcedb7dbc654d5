// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The body of an enrolment, posted to the configuration's endpoint with `Authorization: Bearer` or `OTDT` (a one-time code).
public struct EnrollmentRequest: Hashable, Sendable, Codable {
    /// The authenticator of the configuration.
    public var authenticatorID: String
    /// The device.
    public var device: DeviceBlock
    /// The keys, by method.
    public var methods: Methods
    /// A random name that the agent made before its first try, so that a repeated request finds the enrolment that the first
    /// one made.
    public var requestID: String

    /// The methods of an enrolment: one.
    public struct Methods: Hashable, Sendable, Codable {
        /// The method of this authenticator.
        public var signedNonce: SignedNonce

        /// The methods.
        public init(signedNonce: SignedNonce) { self.signedNonce = signedNonce }

        private enum CodingKeys: String, CodingKey {
            case signedNonce = "signed_nonce"
        }
    }

    /// The keys of the method `signed_nonce`.
    public struct SignedNonce: Hashable, Sendable, Codable {
        /// The keys.
        public var keys: Keys
        /// What hardware says of the keys (docs/protocol.md §7).
        public var attestations: Attestations?

        /// The method's keys.
        public init(keys: Keys, attestations: Attestations? = nil) {
            self.keys = keys
            self.attestations = attestations
        }
    }

    /// Statements about an enrolment's keys, by what the keys are for.
    public struct Attestations: Hashable, Sendable {
        /// The bytes of the verifier's that they answer.
        public var challenge: [UInt8]
        /// The TPM that the verifier sealed a secret to, where one certifies a key.
        public var tpm: AttestationRequest.TPM?
        /// About the promptless key.
        public var proofOfPossession: AttestationStatement?
        /// About the key behind a PIN or fingerprint.
        public var userVerification: AttestationStatement?

        /// Statements.
        public init(
            challenge: [UInt8], tpm: AttestationRequest.TPM? = nil, proofOfPossession: AttestationStatement? = nil,
            userVerification: AttestationStatement? = nil
        ) {
            self.challenge = challenge
            self.tpm = tpm
            self.proofOfPossession = proofOfPossession
            self.userVerification = userVerification
        }
    }

    /// The public halves of an enrolment's keys.
    public struct Keys: Hashable, Sendable, Codable {
        /// The promptless key.
        public var proofOfPossession: JWK
        /// The key behind a PIN or fingerprint, if one was made.
        public var userVerification: JWK?

        /// Keys.
        public init(proofOfPossession: JWK, userVerification: JWK?) {
            self.proofOfPossession = proofOfPossession
            self.userVerification = userVerification
        }
    }

    /// A request.
    public init(
        authenticatorID: String, device: DeviceBlock, keys: Keys, attestations: Attestations? = nil, requestID: String
    ) {
        self.authenticatorID = authenticatorID
        self.device = device
        methods = Methods(signedNonce: SignedNonce(keys: keys, attestations: attestations))
        self.requestID = requestID
    }

    private enum CodingKeys: String, CodingKey {
        case authenticatorID = "authenticatorId"
        case requestID = "requestId"
        case device, methods
    }
}

/// What a device says of itself when it enrols.
public struct DeviceBlock: Hashable, Sendable, Codable {
    /// What the person calls the machine, at most 100 characters.
    public var displayName: String
    /// `LINUX`.
    public var platform: String
    /// The distribution's version, where known.
    public var osVersion: String?
    /// The maker, where known.
    public var manufacturer: String?
    /// The maker's name for it, where known.
    public var model: String?
    /// The agent's version.
    public var clientInstanceVersion: String
    /// The key that signs refusals and maintenance.
    public var clientInstanceKey: JWK

    /// A device block.
    public init(
        displayName: String, osVersion: String?, manufacturer: String?, model: String?, clientInstanceVersion: String,
        clientInstanceKey: JWK
    ) {
        self.displayName = displayName
        platform = "LINUX"
        self.osVersion = osVersion
        self.manufacturer = manufacturer
        self.model = model
        self.clientInstanceVersion = clientInstanceVersion
        self.clientInstanceKey = clientInstanceKey
    }
}

/// The verifier's answer to an enrolment.
public struct EnrollmentResponse: Hashable, Sendable, Codable {
    /// The enrolment's id.
    public var id: String
    /// The person.
    public var user: User
    /// The device.
    public var device: Device
    /// The methods, by name.
    public var methods: Methods
    /// The keys that sign in, as ``EnrolledKeyList`` has them; `nil` where the verifier does not list them here.
    public var keys: [EnrolledKeyList.Entry]?

    /// The person of an enrolment.
    public struct User: Hashable, Sendable, Codable {
        /// The user's id.
        public var id: String
        /// The user's name.
        public var username: String

        /// A person.
        public init(id: String, username: String) {
            self.id = id
            self.username = username
        }
    }

    /// The device of an enrolment.
    public struct Device: Hashable, Sendable, Codable {
        /// The device's id.
        public var id: String
        /// The id of the agent's instance.
        public var clientInstanceID: String

        /// A device.
        public init(id: String, clientInstanceID: String) {
            self.id = id
            self.clientInstanceID = clientInstanceID
        }

        private enum CodingKeys: String, CodingKey {
            case id
            case clientInstanceID = "clientInstanceId"
        }
    }

    /// The enrolled methods.
    public struct Methods: Hashable, Sendable, Codable {
        /// The method of this authenticator.
        public var signedNonce: Method

        /// The methods.
        public init(signedNonce: Method) { self.signedNonce = signedNonce }

        private enum CodingKeys: String, CodingKey {
            case signedNonce = "signed_nonce"
        }
    }

    /// An enrolled method.
    public struct Method: Hashable, Sendable, Codable {
        /// Its id, which responses repeat as `methodEnrollmentId`.
        public var id: String

        /// A method.
        public init(id: String) { self.id = id }
    }

    /// An answer.
    public init(
        id: String, user: User, device: Device, methodID: String, keys: [EnrolledKeyList.Entry]? = nil
    ) {
        self.id = id
        self.user = user
        self.device = device
        self.keys = keys
        methods = Methods(signedNonce: Method(id: methodID))
    }
}

/// The claims of the token that authorises a request about an enrolment (`Authorization: SSWS …`), signed with a
/// proof-of-possession key of the enrolment or its client instance key.
public struct EnrollmentUpdateClaims: Hashable, Sendable, Codable {
    /// The enrolment (`iss`).
    public var enrollmentID: String
    /// The verifier (`aud`).
    public var audience: String
    /// The person (`sub`).
    public var userID: String
    /// When it was made.
    public var issuedAt: Int64
    /// Until when it counts.
    public var expiresAt: Int64
    /// Its own name.
    public var tokenID: String

    /// Claims that count for 300 seconds.
    public init(enrollmentID: String, audience: String, userID: String, issuedAt: Int64, tokenID: String) {
        self.enrollmentID = enrollmentID
        self.audience = audience
        self.userID = userID
        self.issuedAt = issuedAt
        expiresAt = issuedAt + 300
        self.tokenID = tokenID
    }

    private enum CodingKeys: String, CodingKey {
        case enrollmentID = "iss"
        case audience = "aud"
        case userID = "sub"
        case issuedAt = "iat"
        case expiresAt = "exp"
        case tokenID = "jti"
    }
}

extension EnrollmentRequest.Attestations: Codable {
    private enum CodingKeys: String, CodingKey {
        case challenge, tpm, proofOfPossession, userVerification
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        challenge = try Base64URL.decode(try values.decode(String.self, forKey: .challenge))
        tpm = try values.decodeIfPresent(AttestationRequest.TPM.self, forKey: .tpm)
        proofOfPossession = try values.decodeIfPresent(AttestationStatement.self, forKey: .proofOfPossession)
        userVerification = try values.decodeIfPresent(AttestationStatement.self, forKey: .userVerification)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Base64URL.encode(challenge), forKey: .challenge)
        try values.encodeIfPresent(tpm, forKey: .tpm)
        try values.encodeIfPresent(proofOfPossession, forKey: .proofOfPossession)
        try values.encodeIfPresent(userVerification, forKey: .userVerification)
    }
}
