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
        let update = try await verifiedUpdate(token, of: enrollmentID)
        let now = clock.now()
        let told: @Sendable (EnrollmentRecord) -> [AuditEvent] = { deleted in
            [
                AuditEvent(
                    .enrollmentDelete, outcome: .success, actor: .user(id: deleted.userID, username: nil),
                    address: address, targets: [.device(id: deleted.deviceID), .enrollment(id: deleted.id)])
            ]
        }
        _ = try await store.write(telling: audit, told) { try Self.delete(by: update, at: now, in: $0) }
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
        by update: VerifiedEnrollmentUpdate, at now: Int64, in writer: any StoreWriter
    ) throws -> EnrollmentRecord {
        let enrollment = try enrollment(of: update, in: writer)
        if enrollment.status == .deleted, let refusal = IdentityStanding.refusal(of: enrollment) { throw refusal }
        try use(update.claims, in: writer)
        return try EnrollmentDirectory.change(enrollment.id, to: .deleted, at: now, in: writer)
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
