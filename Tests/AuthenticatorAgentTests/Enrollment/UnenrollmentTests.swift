// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import HTTPSClient
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

@Suite struct UnenrollmentTests {
    private func unenrollment(_ verifier: StubVerifier) -> Unenrollment {
        Unenrollment(keys: verifier.keyStores, enrollments: verifier.store, http: HTTPSClient())
    }

    @Test func itIsDeletedOnBothSides() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enroll()
        #expect(try await unenrollment(verifier).unenroll(enrollment) == .deletedEverywhere)
        #expect(try await verifier.store.all().isEmpty)
        #expect(await verifier.keys.all.isEmpty)
        let request = try #require(verifier.server.requests.last)
        #expect(request.method == "DELETE")
        #expect(request.path == "/idp/myaccount/app-authenticators/\(enrollment.id)")
        let authorization = try #require(request.headers["authorization"])
        #expect(authorization.hasPrefix("SSWS "))
        let token = try UnverifiedJWS(String(authorization.dropFirst(5)))
        #expect(token.header.keyID == enrollment.clientInstance.id)
        try token.verify(type: TokenType.enrollmentUpdate, with: enrollment.clientInstance.publicKey)
        let claims = try token.claims(EnrollmentUpdateClaims.self)
        #expect(claims.enrollmentID == enrollment.id)
        #expect(claims.audience == enrollment.issuer)
        #expect(claims.userID == enrollment.userID)
        #expect(claims.expiresAt - claims.issuedAt == 300)
    }

    @Test(arguments: [
        StubHTTPServer.Answer(410), StubVerifier.refused(404, .enrollmentNotFound),
        StubVerifier.refused(410, .enrollmentDeleted),
    ])
    func oneThatIsGoneThereAlreadyIsNoError(answer: StubHTTPServer.Answer) async throws {
        let verifier = try await StubVerifier(.init(deletion: answer))
        let enrollment = try await verifier.enroll()
        #expect(try await unenrollment(verifier).unenroll(enrollment) == .deletedEverywhere)
    }

    @Test(arguments: [StubVerifier.refused(401, .invalidToken), StubHTTPServer.Answer(500), nil])
    func itIsDeletedHereWhateverTheVerifierSays(answer: StubHTTPServer.Answer?) async throws {
        let verifier = try await StubVerifier(.init(deletion: answer))
        let enrollment = try await verifier.enroll()
        guard case .deletedHereOnly(let reason) = try await unenrollment(verifier).unenroll(enrollment) else {
            Issue.record("the verifier did not delete it")
            return
        }
        #expect(!reason.isEmpty)
        #expect(try await verifier.store.all().isEmpty)
        #expect(await verifier.keys.all.isEmpty)
    }

    @Test func itIsDeletedHereWhenItsKeyIsGone() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enroll()
        await verifier.keys.delete(enrollment.clientInstance)
        guard case .deletedHereOnly = try await unenrollment(verifier).unenroll(enrollment) else {
            Issue.record("nothing was signed")
            return
        }
        #expect(try await verifier.store.all().isEmpty)
    }
}
