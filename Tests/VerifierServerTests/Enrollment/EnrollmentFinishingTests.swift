// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// What an agent asks whose enrolment was interrupted.
@Suite struct EnrollmentFinishingTests {
    private func fresh(
        _ configure: (inout VerifierSettings) -> Void = { _ in }
    ) async throws -> (world: VerifierWorld, user: User, agent: TestAgent) {
        let world = try await VerifierWorld(configure)
        let user = try await world.services.users.add(username: "bob", displayName: "Bob")
        return (world, user, try TestAgent(world: world))
    }

    private func claims(_ agent: TestAgent, tokenID: String = "token-1") -> EnrollmentUpdateClaims {
        EnrollmentUpdateClaims(
            enrollmentID: agent.requestID, audience: VerifierWorld.issuer, userID: "",
            issuedAt: agent.world.clock.now, tokenID: tokenID)
    }

    private func finish(
        _ agent: TestAgent, _ claims: EnrollmentUpdateClaims? = nil, signer: InMemorySigner? = nil,
        type: String = TokenType.enrollmentUpdate, change: (inout EnrollmentRequest) -> Void = { _ in }
    ) async throws -> EnrollmentResponse {
        let token = try await (signer ?? agent.proofOfPossession).compactJWS(claims ?? self.claims(agent), type: type)
        var request = agent.request
        change(&request)
        return try await agent.world.services.enrollment.enroll(
            request, authority: .earlierRequest(token: token), address: VerifierWorld.address)
    }

    private func refusal(_ body: () async throws -> EnrollmentResponse) async throws -> VerifierError {
        try await #require(throws: VerifierError.self) { _ = try await body() }
    }

    @Test func whatTheRequestMadeIsFoundByEitherKey() async throws {
        let (world, _, agent) = try await fresh()
        let made = try await agent.enroll(by: .code(try await world.services.codes.issue(username: "bob")))
        #expect(try await finish(agent) == made)
        var named = claims(agent, tokenID: "token-2")
        named.userID = agent.requestID
        #expect(try await finish(agent, named, signer: agent.clientInstance) == made)
        #expect(try await world.services.enrollmentDirectory.list().count == 1)
        #expect(try world.audit.events(.deviceEnroll).count == 1)
    }

    @Test func whatWasNeverMadeIsNotMadeNow() async throws {
        let (world, _, agent) = try await fresh()
        let error = try await refusal { try await finish(agent) }
        #expect(error.status == 404)
        #expect(error.code == .enrollmentNotFound)
        #expect(try await world.services.enrollmentDirectory.list().isEmpty)
        #expect(try await world.store.read { try $0.all(UsedTokenRecord.self) }.isEmpty)
        // The name and the keys are as free as before.
        _ = try await agent.enroll(by: .code(try await world.services.codes.issue(username: "bob")))
    }

    static let changes: [(String, @Sendable (inout EnrollmentRequest) throws -> Void)] = [
        ("requestId", { $0.requestID = "another-request-id" }),
        ("no verification key", { $0.methods.signedNonce.keys.userVerification = nil }),
        (
            "another verification key",
            {
                $0.methods.signedNonce.keys.userVerification = JWK(
                    keyID: "uv", publicKey: try PrivateKey.generate(.es256).publicKey)
            }
        ),
        (
            "another client instance key",
            { $0.device.clientInstanceKey = JWK(keyID: "ci", publicKey: try PrivateKey.generate(.es256).publicKey) }
        ),
        ("another name of the key", { $0.device.clientInstanceKey.keyID = "renamed" }),
    ]

    @Test(arguments: changes.indices)
    func anotherRequestFindsNothing(_ index: Int) async throws {
        let (_, user, agent) = try await fresh()
        _ = try await agent.enroll(by: try await agent.world.authority(of: user.id))
        var changed = agent.request
        try Self.changes[index].1(&changed)
        let request = changed
        var named = claims(agent)
        named.enrollmentID = request.requestID
        let error = try await refusal { try await finish(agent, named) { $0 = request } }
        #expect(error.status == 404, "\(Self.changes[index].0)")
        #expect(error.code == .enrollmentNotFound)
    }

    static let claimChanges: [(String, @Sendable (inout EnrollmentUpdateClaims) -> Void)] = [
        ("iss", { $0.enrollmentID = "another-request-id" }),
        ("aud", { $0.audience = "https://id.example.org" }),
        ("sub", { $0.userID = "00uOther" }),
        ("jti", { $0.tokenID = "" }),
        ("long life", { $0.expiresAt += 1 }),
        (
            "over",
            {
                $0.issuedAt -= 300; $0.expiresAt -= 300
            }
        ),
        (
            "ahead",
            {
                $0.issuedAt += 61; $0.expiresAt += 61
            }
        ),
    ]

    @Test(arguments: claimChanges.indices)
    func aChangedTokenIsRefused(_ index: Int) async throws {
        let (_, user, agent) = try await fresh()
        _ = try await agent.enroll(by: try await agent.world.authority(of: user.id))
        var changed = claims(agent)
        Self.claimChanges[index].1(&changed)
        let error = try await refusal { try await finish(agent, changed) }
        #expect(error.status == 401, "\(Self.claimChanges[index].0)")
    }

    @Test func aTokenOfAnotherKeyOrTypeIsRefused() async throws {
        let (_, user, agent) = try await fresh()
        _ = try await agent.enroll(by: try await agent.world.authority(of: user.id))
        let forger = InMemorySigner(keyID: agent.proofOfPossession.keyID, key: try PrivateKey.generate(.es256))
        let verification = try agent.signer(.userVerification)
        for signer in [forger, verification, InMemorySigner(keyID: "x", key: try PrivateKey.generate(.es256))] {
            #expect(try await refusal { try await finish(agent, signer: signer) }.status == 401)
        }
        #expect(try await refusal { try await finish(agent, type: TokenType.deviceBind) }.status == 401)
        let junk = try await refusal {
            try await agent.world.services.enrollment.enroll(
                agent.request, authority: .earlierRequest(token: "junk"), address: VerifierWorld.address)
        }
        #expect(junk.status == 401)
    }

    @Test func aTokenCountsOnce() async throws {
        let (_, user, agent) = try await fresh()
        _ = try await agent.enroll(by: try await agent.world.authority(of: user.id))
        _ = try await finish(agent)
        let error = try await refusal { try await finish(agent) }
        #expect(error.summary.contains("used before"))
    }

    @Test(arguments: ["user", "device", "enrolment", "deleted"])
    func whatDoesNotStandIsRefusedByItsName(_ what: String) async throws {
        let (world, user, agent) = try await fresh()
        let made = try await agent.enroll(by: try await agent.world.authority(of: user.id))
        let expected: ErrorCode
        switch what {
        case "user":
            try await world.services.users.suspend(username: "bob")
            expected = .userSuspended
        case "device":
            try await world.services.enrollmentDirectory.setDevice(made.device.id, to: .suspended)
            expected = .deviceSuspended
        case "enrolment":
            try await world.services.enrollmentDirectory.suspend(made.id)
            expected = .enrollmentSuspended
        default:
            try await world.services.enrollmentDirectory.delete(made.id)
            expected = .enrollmentDeleted
        }
        #expect(try await refusal { try await finish(agent) }.code == expected)
    }
}
