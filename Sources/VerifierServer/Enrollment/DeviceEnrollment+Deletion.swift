// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// A token that was used, so that it is not used again.
struct UsedTokenRecord: StoredRecord {
    static let collection = "used_tokens"

    /// The hash of what the token is about (`iss`) and its name.
    let id: String
    /// Until when the token would count.
    let endsAt: Int64

    var expiresAt: Int64? { endsAt }
}

extension DeviceEnrollment {
    func delete(enrollmentID: String, token: String, address: String) async throws {
        try await rateLimiter.spend(.enrollment, by: address)
        guard let jws = try? UnverifiedJWS(token), jws.payload.count <= 4096,
            let claimed = try? jws.claims(EnrollmentUpdateClaims.self)
        else { throw VerifierError(401, .invalidToken, "The token is not a JWS of the form that belongs here.") }
        let known = try await store.read { try $0.record(EnrollmentRecord.self, id: enrollmentID) }
        guard let known else { throw VerifierError(404, .enrollmentNotFound, "There is no such enrolment.") }
        let now = clock.now()
        try verify(jws, of: known)
        try check(claimed, against: known, now: now)
        let deleted = try await store.write { writer in
            try Self.delete(enrollmentID, by: claimed, in: writer)
        }
        await audit.record(
            AuditEvent(
                .enrollmentDelete, outcome: .success, actor: .user(id: deleted.userID, username: nil),
                address: address, targets: [.device(id: deleted.deviceID), .enrollment(id: deleted.id)]))
    }

    private func verify(_ jws: UnverifiedJWS, of enrollment: EnrollmentRecord) throws(VerifierError) {
        let enrolled = [enrollment.proofOfPossession, enrollment.clientInstance].first {
            $0.keyID == jws.header.keyID
        }
        do {
            guard let enrolled else { throw JWSError.unknownKey }
            try jws.verify(type: TokenType.enrollmentUpdate, with: try keyCache.key(of: enrolled))
        } catch {
            throw VerifierError(401, .invalidToken, "The token is not signed by a key of this enrolment.")
        }
    }

    private func check(
        _ claims: EnrollmentUpdateClaims, against enrollment: EnrollmentRecord, now: Int64
    ) throws(VerifierError) {
        guard claims.enrollmentID == enrollment.id, claims.audience == settings.issuer,
            claims.userID == enrollment.userID, TextBounds.isIdentifier(claims.tokenID, upTo: 128)
        else { throw VerifierError(401, .invalidToken, "The token is not for this enrolment at this verifier.") }
        try Self.checkTimes(of: claims, now: now)
    }

    /// Whether a token about an enrolment counts now.
    static func checkTimes(of claims: EnrollmentUpdateClaims, now: Int64) throws(VerifierError) {
        let skew = ResponseAppraiser.toleratedSkew
        let (lifetime, overflow) = claims.expiresAt.subtractingReportingOverflow(claims.issuedAt)
        guard !overflow, (1...300).contains(lifetime) else {
            throw VerifierError(401, .invalidToken, "The token's times are not 300 seconds apart at most.")
        }
        guard claims.issuedAt <= now + skew, now < claims.expiresAt, now - claims.issuedAt <= 300 + skew else {
            throw VerifierError(
                401, .clockSkew, "The token's time is over or has not come: check the device's clock, then try again.")
        }
    }

    private static func delete(
        _ id: String, by claims: EnrollmentUpdateClaims, in writer: any StoreWriter
    ) throws -> EnrollmentRecord {
        guard let enrollment = try writer.record(EnrollmentRecord.self, id: id) else {
            throw VerifierError(404, .enrollmentNotFound, "There is no such enrolment.")
        }
        if enrollment.status == .deleted, let refusal = IdentityStanding.refusal(of: enrollment) { throw refusal }
        try use(claims, in: writer)
        return try EnrollmentDirectory.change(id, to: .deleted, in: writer)
    }

    /// Remembers that a token was used.
    ///
    /// - Throws: ``VerifierError`` where it was before.
    static func use(_ claims: EnrollmentUpdateClaims, in writer: any StoreWriter) throws {
        do {
            try writer.insert(
                UsedTokenRecord(
                    id: SHA256.base64URL(of: "\(claims.enrollmentID) \(claims.tokenID)"),
                    endsAt: claims.expiresAt + ResponseAppraiser.toleratedSkew))
        } catch StoreError.alreadyExists {
            throw VerifierError(401, .invalidToken, "The token was used before: make a new one.")
        }
    }
}
