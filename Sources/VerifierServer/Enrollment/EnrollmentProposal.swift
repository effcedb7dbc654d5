// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// An enrolment request whose every value was found acceptable by itself; made by nothing but the check.
struct EnrollmentProposal: Sendable {
    let request: EnrollmentRequest
    var proofOfPossession: EnrolledKey
    var userVerification: EnrolledKey?
    let clientInstance: EnrolledKey

    /// All keys.
    var keys: [EnrolledKey] { [proofOfPossession, clientInstance] + (userVerification.map { [$0] } ?? []) }

    /// The keys that sign people in.
    var signInKeys: [EnrolledKey] { [proofOfPossession] + (userVerification.map { [$0] } ?? []) }

    /// Checks sizes, names and keys.
    ///
    /// - Throws: ``VerifierError`` with status 400.
    init(_ request: EnrollmentRequest, settings: VerifierSettings) throws(VerifierError) {
        self.request = request
        guard request.authenticatorID == settings.authenticatorID else {
            throw Self.refusal("authenticatorId is not this verifier's")
        }
        guard TextBounds.isIdentifier(request.requestID, upTo: 128), request.requestID.utf8.count >= 16 else {
            throw Self.refusal("requestId must be 16 to 128 printable ASCII characters")
        }
        try Self.check(request.device)
        let given = request.methods.signedNonce.keys
        proofOfPossession = try Self.key(given.proofOfPossession, "proofOfPossession")
        clientInstance = try Self.key(request.device.clientInstanceKey, "clientInstanceKey")
        guard request.device.clientInstanceKey.publicKey.algorithm == .es256 else {
            throw Self.refusal("clientInstanceKey must be a key on P-256")
        }
        userVerification = try given.userVerification.map { jwk throws(VerifierError) in
            try Self.key(jwk, "userVerification")
        }
        if settings.enrollmentUserVerification == .required, userVerification == nil {
            throw VerifierError(
                400, .userVerificationKeyRequired,
                "This organisation wants a key that verifies the person: enrol again with user verification.")
        }
        guard Set(keys.map(\.thumbprint)).count == keys.count, Set(keys.map(\.keyID)).count == keys.count else {
            throw Self.refusal("the keys of an enrolment, and their names, must differ from each other")
        }
    }

    /// Whether an enrolment was made by this very request.
    func made(_ enrollment: EnrollmentRecord) -> Bool {
        enrollment.firstKeys.count == keys.count && zip(enrollment.firstKeys, keys).allSatisfy { $0.isSameKey(as: $1) }
    }

    private static func check(_ device: DeviceBlock) throws(VerifierError) {
        guard device.platform == "LINUX" else { throw refusal("device.platform must be LINUX") }
        guard !device.displayName.isEmpty, device.displayName.count <= 100,
            TextBounds.isPlain(device.displayName, upTo: 400)
        else { throw refusal("device.displayName must be 1 to 100 characters without control characters") }
        let optional = [
            ("osVersion", device.osVersion), ("manufacturer", device.manufacturer), ("model", device.model),
            ("clientInstanceVersion", device.clientInstanceVersion),
        ]
        for (name, text) in optional {
            guard let text else { continue }
            guard TextBounds.isPlain(text, upTo: 200) else {
                throw refusal("device.\(name) must be at most 200 bytes without control characters")
            }
        }
    }

    private static func key(_ jwk: JWK, _ name: String) throws(VerifierError) -> EnrolledKey {
        guard let key = EnrolledKey(jwk), TextBounds.isIdentifier(key.keyID, upTo: 128) else {
            throw refusal("\(name) must have a kid of 1 to 128 printable ASCII characters")
        }
        return key
    }

    private static func refusal(_ summary: String) -> VerifierError {
        VerifierError(400, .validation, "The enrolment is not acceptable: \(summary).")
    }
}
