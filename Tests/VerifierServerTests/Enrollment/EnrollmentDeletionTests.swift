// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct EnrollmentDeletionTests {
    private func claims(_ agent: TestAgent, tokenID: String = "token-1") throws -> EnrollmentUpdateClaims {
        let enrollment = try #require(agent.enrollment)
        return EnrollmentUpdateClaims(
            enrollmentID: enrollment.id, audience: VerifierWorld.issuer, userID: enrollment.user.id,
            issuedAt: agent.world.clock.now, tokenID: tokenID)
    }

    private func delete(_ agent: TestAgent, token: String) async throws {
        try await agent.world.services.enrollment.delete(
            enrollmentID: try #require(agent.enrollment).id, token: token, address: VerifierWorld.address)
    }

    @Test(arguments: [ResponseKeyType.proofOfPossession, .clientInstance])
    func theDeviceDeletesItsEnrolment(_ keyType: ResponseKeyType) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let token = try await agent.signer(keyType).compactJWS(try claims(agent), type: TokenType.enrollmentUpdate)
        try await delete(agent, token: token)
        #expect(try await world.services.enrollmentDirectory.list().isEmpty)
        #expect(try world.audit.events(.enrollmentDelete).count == 1)
        let error = try await #require(throws: VerifierError.self) { try await delete(agent, token: token) }
        #expect(error.code == .enrollmentDeleted)
    }

    @Test func tooManyDeletionsOfOneAddressWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.enrollmentsPerAddress = RateLimit(3, per: 60) }
        let agent = try await world.enrolledAgent()
        for status in [401, 401, 429] {
            let error = try await #require(throws: VerifierError.self) { try await delete(agent, token: "junk") }
            #expect(error.status == status)
        }
    }

    @Test func sessionsAndTokensEndWithTheEnrolment() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        let identity = try await world.finish(handle)
        let session = try await world.session(of: identity)
        let token = try await agent.clientInstance.compactJWS(try claims(agent), type: TokenType.enrollmentUpdate)
        try await delete(agent, token: token)
        #expect(try await world.services.sessions.find(token: session) == nil)
        #expect(try await world.store.read { try $0.all(Session.self) }.isEmpty)
    }

    static let changes: [(String, @Sendable (inout EnrollmentUpdateClaims) -> Void)] = [
        ("iss", { $0.enrollmentID = "pfdOther" }),
        ("aud", { $0.audience = "https://id.example.org" }),
        ("sub", { $0.userID = "00uOther" }),
        ("empty jti", { $0.tokenID = "" }),
        (
            "iat ahead",
            {
                $0.issuedAt += 61; $0.expiresAt += 61
            }
        ),
        (
            "over",
            {
                $0.issuedAt -= 300; $0.expiresAt -= 300
            }
        ),
        ("too long", { $0.expiresAt += 1 }),
        ("backwards", { $0.expiresAt = $0.issuedAt - 1 }),
        (
            "far times",
            {
                $0.issuedAt = .min; $0.expiresAt = .max
            }
        ),
    ]

    @Test(arguments: changes.indices)
    func aChangedTokenIsRefused(_ index: Int) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        var changed = try claims(agent)
        Self.changes[index].1(&changed)
        let token = try await agent.proofOfPossession.compactJWS(changed, type: TokenType.enrollmentUpdate)
        let error = try await #require(throws: VerifierError.self, "\(Self.changes[index].0)") {
            try await delete(agent, token: token)
        }
        #expect(error.status == 401)
        #expect(try await world.services.enrollmentDirectory.list().count == 1)
    }

    @Test func aTokenOfAnotherTypeOrKeyIsRefused() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let other = try await world.enrolledAgent("mallory")
        let forger = InMemorySigner(keyID: agent.proofOfPossession.keyID, key: try PrivateKey.generate(.es256))
        let uv = try agent.signer(.userVerification)
        let tokens = [
            try await agent.proofOfPossession.compactJWS(try claims(agent), type: TokenType.deviceBind),
            try await other.proofOfPossession.compactJWS(try claims(agent), type: TokenType.enrollmentUpdate),
            try await forger.compactJWS(try claims(agent), type: TokenType.enrollmentUpdate),
            try await uv.compactJWS(try claims(agent), type: TokenType.enrollmentUpdate), "junk",
        ]
        for token in tokens {
            let error = try await #require(throws: VerifierError.self) { try await delete(agent, token: token) }
            #expect(error.status == 401)
        }
        #expect(try await world.services.enrollmentDirectory.list(username: "alice").count == 1)
    }

    @Test func aTokenCountsOnce() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let id = try #require(agent.enrollment).id
        let used = UsedTokenRecord(id: SHA256.base64URL(of: "\(id) token-1"), endsAt: world.clock.now + 300)
        try await world.store.write { try $0.insert(used) }
        let token = try await agent.proofOfPossession.compactJWS(try claims(agent), type: TokenType.enrollmentUpdate)
        let error = try await #require(throws: VerifierError.self) { try await delete(agent, token: token) }
        #expect(error.summary.contains("used before"))
    }

    @Test func anUnknownEnrolmentIsNotFound() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let token = try await agent.proofOfPossession.compactJWS(try claims(agent), type: TokenType.enrollmentUpdate)
        let error = try await #require(throws: VerifierError.self) {
            try await world.services.enrollment.delete(
                enrollmentID: "pfdNone", token: token, address: VerifierWorld.address)
        }
        #expect(error.code == .enrollmentNotFound)
    }
}
