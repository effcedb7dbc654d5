// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

extension DeviceEnrollment {
    /// Answers the enrolment that this very request made before, for an agent that never saw, or never kept, the answer.
    ///
    /// It makes nothing, whatever the request says, and what the organisation asks of new enrolments does not matter any more.
    /// - Parameter token: signed by the proof-of-possession or the client instance key of the request.
    /// - Throws: ``VerifierError``, with status 404 and `E0000008` where this request made no enrolment.
    func finish(_ request: EnrollmentRequest, token: String) async throws -> EnrollmentResponse {
        let claims = try verifiedClaims(of: token, about: request)
        try Self.checkTimes(of: claims, now: clock.now())
        guard let key = EnrolledKey(request.methods.signedNonce.keys.proofOfPossession) else { throw Self.notMade }
        // Who asks for what was never made, which anybody can, writes nothing.
        guard try await store.read({ try $0.record(EnrolledKeyRecord.self, id: key.thumbprint) }) != nil else {
            throw Self.notMade
        }
        return try await store.write { writer in
            let (enrollment, device, user) = try Self.enrollment(madeBy: request, possession: key, in: writer)
            try Self.use(claims, in: writer)
            return Self.response(enrollment, device, user)
        }
    }

    private static let notMade = VerifierError(404, .enrollmentNotFound, "This request made no enrolment here.")

    private func verifiedClaims(
        of token: String, about request: EnrollmentRequest
    ) throws(VerifierError) -> EnrollmentUpdateClaims {
        let claims: EnrollmentUpdateClaims
        do {
            let jws = try UnverifiedJWS(token)
            let keys = [request.methods.signedNonce.keys.proofOfPossession, request.device.clientInstanceKey]
            guard jws.payload.count <= 4096, let key = keys.first(where: { $0.keyID == jws.header.keyID }) else {
                throw JWSError.unknownKey
            }
            try jws.verify(type: TokenType.enrollmentUpdate, with: key.publicKey)
            claims = try jws.claims(EnrollmentUpdateClaims.self)
        } catch {
            throw VerifierError(401, .invalidToken, "The token is not signed by a key of this request.")
        }
        guard claims.enrollmentID == request.requestID, claims.audience == settings.issuer,
            claims.userID.isEmpty || claims.userID == request.requestID,
            TextBounds.isIdentifier(claims.tokenID, upTo: 128)
        else { throw VerifierError(401, .invalidToken, "The token is not for this request at this verifier.") }
        return claims
    }

    private static func isSame(_ enrolled: EnrolledKey?, _ jwk: JWK?) -> Bool {
        guard let enrolled, let jwk else { return enrolled == nil && jwk == nil }
        return EnrolledKey(jwk)?.isSameKey(as: enrolled) ?? false
    }

    private static func enrollment(
        madeBy request: EnrollmentRequest, possession: EnrolledKey, in reader: any StoreReader
    ) throws -> (EnrollmentRecord, DeviceRecord, User) {
        guard let made = try reader.record(EnrolledKeyRecord.self, id: possession.thumbprint),
            let enrollment = try reader.record(EnrollmentRecord.self, id: made.enrollmentID),
            enrollment.requestID == request.requestID,
            isSame(enrollment.proofOfPossession, request.methods.signedNonce.keys.proofOfPossession),
            isSame(enrollment.userVerification, request.methods.signedNonce.keys.userVerification),
            isSame(enrollment.clientInstance, request.device.clientInstanceKey)
        else { throw notMade }
        let user = try reader.record(User.self, id: enrollment.userID)
        let device = try standingDevice(of: enrollment, user: user, in: reader)
        guard let user else { throw notMade }
        return (enrollment, device, user)
    }
}
