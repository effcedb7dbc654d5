// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys
package import WireProtocol

/// One person's enrolment of this device at one verifier, as the agent keeps it.
package struct Enrollment: Hashable, Sendable, Identifiable {
    /// The verifier's name for it.
    package var id: String
    /// The method's id, which responses repeat.
    package var methodID: String
    /// The verifier: the issuer URL that was pinned.
    package var issuer: String
    /// The organisation's id.
    package var organizationID: String
    /// The organisation's name, for a person.
    package var organizationName: String
    /// The person's id there.
    package var userID: String
    /// The person's name there.
    package var username: String
    /// The device's id there.
    package var deviceID: String
    /// The agent's id there.
    package var clientInstanceID: String
    /// The challenge keys and origins that are trusted.
    package var pinned: PinnedKeySet
    /// The promptless key.
    package var proofOfPossession: StoredKey
    /// The key behind a PIN, if there is one.
    package var userVerification: StoredKey?
    /// The key that signs refusals and maintenance.
    package var clientInstance: StoredKey
    /// When it was asked for, in seconds since 1970.
    package var createdAt: Int64
    /// SHA-256 of the one-time code that made it, where one did: who gives that code again is told so.
    package var codeHash: [UInt8]?
    /// Keys beside the first of their purpose, in the order in which they were added.
    package var spares: [EnrolledSpare]
    /// What the person calls keys, by their ids.
    package var keyNames: [String: String]
    /// Of keys by their ids, whether the verifier knows by an attestation that they are in hardware. Of a key that is not named here
    /// it is not known.
    package var attested: [String: Bool]

    /// All keys of the enrolment, also those of which it is not known whether the verifier has them.
    package var keys: [StoredKey] { firstKeys + spares.map(\.key) }

    /// The first key of each purpose.
    var firstKeys: [StoredKey] { [proofOfPossession, clientInstance] + (userVerification.map { [$0] } ?? []) }

    /// An enrolment that the verifier accepted.
    package init(
        id: String, methodID: String, issuer: String, organizationID: String, organizationName: String, userID: String,
        username: String, deviceID: String, clientInstanceID: String, pinned: PinnedKeySet,
        proofOfPossession: StoredKey,
        userVerification: StoredKey?, clientInstance: StoredKey, createdAt: Int64,
        codeHash: [UInt8]? = nil, spares: [EnrolledSpare] = [], keyNames: [String: String] = [:],
        attested: [String: Bool] = [:]
    ) {
        self.id = id
        self.methodID = methodID
        self.issuer = issuer
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.userID = userID
        self.username = username
        self.deviceID = deviceID
        self.clientInstanceID = clientInstanceID
        self.pinned = pinned
        self.proofOfPossession = proofOfPossession
        self.userVerification = userVerification
        self.clientInstance = clientInstance
        self.createdAt = createdAt
        self.codeHash = codeHash
        self.spares = spares
        self.keyNames = keyNames
        self.attested = attested
    }
}
