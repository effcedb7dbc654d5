// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

extension DeviceEnrollment {
    func keys(of enrollmentID: String, token: String, address: String) async throws -> EnrolledKeyList {
        try await rateLimiter.spend(.enrollment, by: address)
        let update = try await verifiedUpdate(token, of: enrollmentID)
        let enrollment = try await store.write { try Self.standingEnrollment(using: update, in: $0) }
        return EnrolledKeyList(keys: enrollment.listedKeys)
    }

    func removeKey(_ keyID: String, of enrollmentID: String, token: String, address: String) async throws {
        try await rateLimiter.spend(.enrollment, by: address)
        let update = try await verifiedUpdate(token, of: enrollmentID)
        let removal = KeyRemoval(settings: settings, notices: notices, clock: clock)
        let told: @Sendable ((EnrollmentRecord, SignInKey)) -> [AuditEvent] = { change in
            let actor = AuditEvent.Entity.user(id: change.0.userID, username: nil)
            return [.key(.keyRemove, change.1, of: change.0, actor: actor, address: address)]
        }
        do {
            _ = try await store.write(telling: audit, told) { writer in
                let enrollment = try Self.standingEnrollment(using: update, in: writer)
                return (enrollment, try removal.remove(keyID: keyID, from: enrollment, in: writer))
            }
        } catch let refusal as KeyRemoval.Refusal {
            throw VerifierError(refusal)
        }
    }

    /// Uses a token and gives its enrolment, where that, its user and its device stand.
    private static func standingEnrollment(
        using update: VerifiedEnrollmentUpdate, in writer: any StoreWriter
    ) throws -> EnrollmentRecord {
        let enrollment = try enrollment(of: update, in: writer)
        _ = try standingDevice(
            of: enrollment, user: try writer.record(User.self, id: enrollment.userID), in: writer)
        try use(update.claims, in: writer)
        return enrollment
    }
}

extension EnrollmentRecord {
    /// The keys that sign in, as the device is told of them.
    var listedKeys: [EnrolledKeyList.Entry] {
        signInKeys.map {
            .init(
                id: $0.key.keyID, keyType: $0.keyType, createdAt: time(of: $0.key), attested: $0.key.isAttested)
        }
    }
}

extension VerifierError {
    /// What a device is told of a key that is not removed.
    init(_ refusal: KeyRemoval.Refusal) {
        switch refusal {
        case .unknownKey: self.init(404, .notFound, "The enrolment has no such key.")
        case .lastPossessionKey:
            self.init(
                400, .validation,
                "This is the last key that shows possession of the device. Add another first, or delete the enrolment.")
        case .lastVerificationKey:
            self.init(
                400, .userVerificationKeyRequired,
                "This organisation wants a key that verifies the person, and this is the last. Add another first.")
        case .lastAttestedKey:
            self.init(
                400, .validation,
                "This organisation wants a key in attested hardware, and this is the last. Add another first.")
        }
    }
}
