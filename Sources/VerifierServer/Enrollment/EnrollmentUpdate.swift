// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// A token about an enrolment whose signature and claims were found good; made by nothing but the check.
struct VerifiedEnrollmentUpdate: Sendable {
    let claims: EnrollmentUpdateClaims
    /// The key that signed it.
    let key: EnrolledKey

    fileprivate init(claims: EnrollmentUpdateClaims, key: EnrolledKey) {
        self.claims = claims
        self.key = key
    }
}

extension DeviceEnrollment {
    /// Checks a token by which a device asks for a change of its enrolment (docs/protocol.md §9).
    ///
    /// Whether it was used before, and whether its key is still enrolled, is for the transaction of the change to check.
    /// - Throws: ``VerifierError``, with status 404 where there is no such enrolment.
    func verifiedUpdate(_ token: String, of enrollmentID: String) async throws -> VerifiedEnrollmentUpdate {
        guard let jws = try? UnverifiedJWS(token), jws.payload.count <= 4096,
            let claims = try? jws.claims(EnrollmentUpdateClaims.self)
        else { throw VerifierError(401, .invalidToken, "The token is not a JWS of the form that belongs here.") }
        let known = try await store.read { try $0.record(EnrollmentRecord.self, id: enrollmentID) }
        guard let known else { throw Self.noSuchEnrollment }
        let key = try verify(jws, of: known)
        try check(claims, against: known)
        return VerifiedEnrollmentUpdate(claims: claims, key: key)
    }

    /// The enrolment of a token, within the transaction of the change that it asks for.
    ///
    /// - Throws: ``VerifierError`` where it is gone, or the token's key was removed meanwhile.
    static func enrollment(
        of update: VerifiedEnrollmentUpdate, in reader: any StoreReader
    ) throws -> EnrollmentRecord {
        guard let enrollment = try reader.record(EnrollmentRecord.self, id: update.claims.enrollmentID) else {
            throw noSuchEnrollment
        }
        guard enrollment.maintenanceKeys.contains(where: { $0.isSameKey(as: update.key) }) else { throw notSigned }
        return enrollment
    }

    private static let noSuchEnrollment = VerifierError(404, .enrollmentNotFound, "There is no such enrolment.")
    private static let notSigned = VerifierError(
        401, .invalidToken, "The token is not signed by a key of this enrolment.")

    private func verify(_ jws: UnverifiedJWS, of enrollment: EnrollmentRecord) throws(VerifierError) -> EnrolledKey {
        let enrolled = enrollment.maintenanceKeys.first { $0.keyID == jws.header.keyID }
        do {
            guard let enrolled else { throw JWSError.unknownKey }
            try jws.verify(type: TokenType.enrollmentUpdate, with: try keyCache.key(of: enrolled))
            return enrolled
        } catch {
            throw Self.notSigned
        }
    }

    private func check(
        _ claims: EnrollmentUpdateClaims, against enrollment: EnrollmentRecord
    ) throws(VerifierError) {
        guard claims.enrollmentID == enrollment.id, claims.audience == settings.issuer,
            claims.userID == enrollment.userID, TextBounds.isIdentifier(claims.tokenID, upTo: 128)
        else { throw VerifierError(401, .invalidToken, "The token is not for this enrolment at this verifier.") }
        try Self.checkTimes(of: claims, now: clock.now())
    }
}
