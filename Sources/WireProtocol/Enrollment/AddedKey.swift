// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The body that adds a spare key to an enrolment, posted to `{enrolment}/keys` with `Authorization: Bearer` or `OTDT`, as an
/// enrolment is (docs/protocol.md §9).
public struct AddKeyRequest: Hashable, Sendable, Codable {
    /// A random name that the agent made before its first try; the attestation challenge was asked for under it.
    public var requestID: String
    /// The JWS of ``EnrollmentUpdateClaims`` by which the device shows that it asks itself: signed by the client instance key or
    /// a proof-of-possession key of the enrolment.
    public var update: String
    /// What the key is for. ``ResponseKeyType/clientInstance`` is never added.
    public var keyType: ResponseKeyType
    /// The key, with its name.
    public var key: JWK
    /// What hardware says of the key: the statement under the name of ``keyType``, and none under the other.
    public var attestations: EnrollmentRequest.Attestations?

    /// A request.
    public init(
        requestID: String, update: String, keyType: ResponseKeyType, key: JWK,
        attestations: EnrollmentRequest.Attestations? = nil
    ) {
        self.requestID = requestID
        self.update = update
        self.keyType = keyType
        self.key = key
        self.attestations = attestations
    }

    private enum CodingKeys: String, CodingKey {
        case requestID = "requestId"
        case update, keyType, key, attestations
    }
}

/// The verifier's answer to a key that was added.
public struct AddKeyResponse: Hashable, Sendable, Codable {
    /// The key's name, as the request had it.
    public var id: String
    /// Whether the verifier knows by an attestation that the key is in hardware; `nil` where it does not say.
    public var attested: Bool?

    /// An answer.
    public init(id: String, attested: Bool? = nil) {
        self.id = id
        self.attested = attested
    }
}

/// The keys with which an enrolment signs in: the answer of `GET {enrolment}/keys`.
public struct EnrolledKeyList: Hashable, Sendable, Codable {
    /// The keys; of each purpose the oldest first.
    public var keys: [Entry]

    /// A key.
    public struct Entry: Hashable, Sendable, Codable {
        /// The key's name.
        public var id: String
        /// What it is for: ``ResponseKeyType/proofOfPossession`` or ``ResponseKeyType/userVerification``.
        public var keyType: ResponseKeyType
        /// When it was enrolled, in seconds since 1970.
        public var createdAt: Int64
        /// Whether the verifier knows by an attestation that the key is in hardware; `nil` where it does not say.
        public var attested: Bool?

        /// A key.
        public init(id: String, keyType: ResponseKeyType, createdAt: Int64, attested: Bool? = nil) {
            self.id = id
            self.keyType = keyType
            self.createdAt = createdAt
            self.attested = attested
        }
    }

    /// A list.
    public init(keys: [Entry]) { self.keys = keys }
}
