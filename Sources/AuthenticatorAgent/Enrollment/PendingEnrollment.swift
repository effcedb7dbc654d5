// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
package import DeviceKeys
package import WireProtocol

/// An enrolment that was asked for and of which this device does not know yet whether the verifier made it.
///
/// It is kept before the verifier is asked, with all that the enrolment will need, and never with a token or a code.
package struct PendingEnrollment: Hashable, Sendable {
    /// The name of the request, made by this device.
    package let requestID: String
    /// The verifier.
    package let issuer: String
    /// Where the request is posted; it has the verifier's origin.
    package let endpoint: String
    /// The organisation's id.
    package let organizationID: String
    /// The organisation's name, for a person.
    package let organizationName: String
    /// The challenge keys and origins to trust.
    package let pinned: PinnedKeySet
    /// The request's body.
    package let request: [UInt8]
    /// SHA-256 of the one-time code, where one was used.
    package let codeHash: [UInt8]?
    /// When it was made, in seconds since 1970.
    package let createdAt: Int64
    let keys: NewKeys

    /// The keys that were made for it.
    package var storedKeys: [StoredKey] { keys.all }

    init(
        requestID: String, issuer: String, endpoint: String, organizationID: String, organizationName: String,
        pinned: PinnedKeySet, request: [UInt8], keys: NewKeys, codeHash: [UInt8]?, createdAt: Int64
    ) {
        self.requestID = requestID
        self.issuer = issuer
        self.endpoint = endpoint
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.pinned = pinned
        self.request = request
        self.keys = keys
        self.codeHash = codeHash
        self.createdAt = createdAt
    }

    /// What is about to be asked of a verifier.
    init(
        _ request: EnrollmentRequest, of configuration: AuthenticatorConfiguration, keys: NewKeys,
        proof: EnrollmentWish.Proof, createdAt: Int64
    ) throws {
        self.init(
            requestID: request.requestID, issuer: configuration.issuer, endpoint: configuration.enrollEndpoint,
            organizationID: configuration.organizationID, organizationName: configuration.name,
            pinned: configuration.pinnedKeySet, request: try JSON.encode(request), keys: keys,
            codeHash: proof.codeHash, createdAt: createdAt)
    }

    /// What it became by a verifier's answer; it is as old as the request.
    func enrollment(_ response: EnrollmentResponse) -> Enrollment {
        var enrollment = Enrollment(
            id: response.id, methodID: response.methods.signedNonce.id, issuer: issuer,
            organizationID: organizationID, organizationName: organizationName, userID: response.user.id,
            username: response.user.username, deviceID: response.device.id,
            clientInstanceID: response.device.clientInstanceID, pinned: pinned,
            proofOfPossession: keys.proofOfPossession, userVerification: keys.userVerification,
            clientInstance: keys.clientInstance, createdAt: createdAt,
            codeHash: codeHash)
        enrollment.attested = (response.keys ?? []).attested(among: keys.all)
        return enrollment
    }
}

extension EnrollmentWish.Proof {
    /// SHA-256 of the one-time code, however it was typed; `nil` where there is none.
    var codeHash: [UInt8]? {
        guard case .code(let typed) = self else { return nil }
        let letters = typed.uppercased().utf8.compactMap { letter -> UInt8? in
            switch letter {
            case UInt8(ascii: "-"), UInt8(ascii: " "): nil
            case UInt8(ascii: "O"): UInt8(ascii: "0")
            case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
            default: letter
            }
        }
        return Array(SHA256.hash(letters))
    }
}
