// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct TransactionalSignInTests {
    @Test func theChallengeSaysWhatTheAppAsked() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf(
            "Alice", .fixture(userVerification: .preferred, userMediation: .required))
        let compact = try await world.challenge(handle)
        let unverified = try UnverifiedChallenge(compact)
        let pinned = try await world.services.challengeKeys.pinnedKeySet()
        let key = try #require(unverified.keyID.flatMap { pinned.key(named: $0) })
        let claims = try unverified.verify(with: key).claims
        #expect(claims.issuer == VerifierWorld.issuer)
        #expect(claims.audience == VerifierWorld.issuer)
        #expect(claims.userID == agent.enrollment?.user.id)
        #expect(claims.organizationID == "00oTest")
        #expect(claims.expiresAt == world.clock.now + 300)
        #expect(claims.issuedAt == world.clock.now)
        #expect(claims.allowedOrigins.map(\.description) == ["https://id.example.com", "https://login.example.com"])
        #expect(claims.bindings == [.loopback])
        #expect(claims.userVerification == .preferred)
        #expect(claims.userMediation == .required)
        #expect(claims.keyTypes == ["userVerification", "proofOfPossession"])
        #expect(claims.appInstanceName == "Payroll")
        #expect(claims.signals == VerifierSettings.standardSignals)
        let authenticator = world.services.settings.authenticatorID
        #expect(
            claims.verificationURI
                == "https://id.example.com/idp/authenticators/\(authenticator)/transactions/\(claims.transactionID)/verify"
        )
    }

    @Test func theStateHandleIsStoredAsItsHashAlone() async throws {
        let world = try await VerifierWorld()
        let handle = try await world.signIn.begin(.fixture(), address: VerifierWorld.address)
        let records = try await world.store.read { try $0.all(SignInTransaction.self) }
        #expect(records.count == 1)
        #expect(records.allSatisfy { $0.handleHash != handle && $0.id != handle })
        #expect(try await world.signIn.view(stateHandle: handle).name == "identify")
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 43), String(repeating: "y", count: 100_000)])
    func anUnknownStateHandleIsOver(_ handle: String) async throws {
        let world = try await VerifierWorld()
        let error = try await #require(throws: VerifierError.self) {
            _ = try await world.signIn.view(stateHandle: handle)
        }
        #expect(error.status == 410)
    }

    @Test(arguments: [true, false])
    func aNameThatNobodyBearsIsAnsweredAsOneWithoutADevice(_ acceptsCode: Bool) async throws {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "bob")
        for name in ["bob", "nobody", "not a name!", "", String(repeating: "z", count: 5000)] {
            let handle = try await world.signInOf(name, .fixture(acceptsEnrollmentCode: acceptsCode))
            let view = try await world.signIn.view(stateHandle: handle)
            #expect(view.name == (acceptsCode ? "code" : "noDevice"), "\(name.prefix(20))")
        }
    }

    @Test func namesAreFoundInAnyCaseAndWithSpacesAround() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent("alice")
        let handle = try await world.signInOf("  ALICE ")
        #expect(try await world.signIn.view(stateHandle: handle).name == "challenge")
    }

    @Test(arguments: [
        ("OV_UNREACHABLE_BY_LOOPBACK", "agentUnreachable"), ("OV_RETURNED_ERROR", "agentError"),
        ("USER_CANCELED", "cancelled"),
    ])
    func givingUpEndsTheSignInUntilItIsRetried(_ reason: String, _ name: String) async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let view = try await world.signIn.cancel(stateHandle: handle, reason: reason, statusCode: 503)
        #expect(view.name == name)
        let again = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        #expect(again.name == "challenge")
    }

    @Test func anUnknownReasonIsRefused() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        await #expect(throws: VerifierError.self) {
            _ = try await world.signIn.cancel(stateHandle: handle, reason: "BECAUSE", statusCode: nil)
        }
    }

    @Test func aPageThatGivesUpTooLateChangesNothing() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        let view = try await world.signIn.cancel(stateHandle: handle, reason: "USER_CANCELED", statusCode: nil)
        #expect(view.name == "success")
    }

    @Test func aResponseAfterThePersonCancelledIsOver() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge)
        _ = try await world.signIn.cancel(stateHandle: handle, reason: "USER_CANCELED", statusCode: nil)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.code == .transactionOver)
    }

    @Test func aRefusalEndsTheSignIn() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(userMediation: .required))
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge, consent: .deniedConsentPrompt), to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).name == "declined")
        let late = try await agent.response(to: challenge, consent: .approvedConsentPrompt)
        await #expect(throws: VerifierError.self) { try await world.post(late, to: challenge) }
        #expect(try world.audit.events(.authentication).first?.outcome.reason == "declined")
    }

    @Test func nothingIsTakenBeforeSuccess() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        await #expect(throws: VerifierError.self) { _ = try await world.finish(handle) }
        await #expect(throws: VerifierError.self) { _ = try await world.signIn.skip(stateHandle: handle) }
    }

    @Test func aSignInThatSucceededCannotBecomeAnothers() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent("alice")
        _ = try await world.enrolledAgent("bob")
        let handle = try await world.signInOf("alice")
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        await #expect(throws: VerifierError.self) {
            _ = try await world.signIn.identify(stateHandle: handle, username: "bob", address: VerifierWorld.address)
        }
        let identity = try await world.finish(handle)
        #expect(identity.userID == agent.enrollment?.user.id)
    }

    @Test func anotherNameReplacesTheChallenge() async throws {
        let world = try await VerifierWorld()
        let alice = try await world.enrolledAgent("alice")
        let bob = try await world.enrolledAgent("bob")
        let handle = try await world.signInOf("alice")
        let first = try await world.challenge(handle)
        let late = try await alice.response(to: first)
        _ = try await world.signIn.identify(stateHandle: handle, username: "bob", address: VerifierWorld.address)
        await #expect(throws: VerifierError.self) { try await world.post(late, to: first) }
        let second = try await world.challenge(handle)
        try await world.post(try await bob.response(to: second), to: second)
        #expect(try await world.finish(handle).userID == bob.enrollment?.user.id)
    }

    @Test func afterItsTimeASignInIsOver() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        world.clock.advance(SignInTransaction.lifetime)
        #expect(try await world.signIn.view(stateHandle: handle).name == "expired")
        await #expect(throws: VerifierError.self) { _ = try await world.finish(handle) }
        await #expect(throws: VerifierError.self) {
            _ = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        }
        world.clock.advance(SignInTransaction.memory - SignInTransaction.lifetime)
        await #expect(throws: VerifierError.self) { _ = try await world.signIn.view(stateHandle: handle) }
        world.clock.advance(1)
        #expect(try await world.services.sweep() > 0)
        #expect(try await world.store.read { try $0.all(SignInTransaction.self) }.isEmpty)
    }

    @Test func manyExpiredSignInsAreAllRemoved() async throws {
        let world = try await VerifierWorld()
        try await world.store.write { [now = world.clock.now] writer in
            for number in 0..<1200 {
                try writer.insert(
                    SignInTransaction(
                        id: "ft\(number)", handleHash: "\(number)", request: .fixture(), createdAt: now))
            }
        }
        world.clock.advance(SignInTransaction.memory + 1)
        _ = try await world.signIn.begin(.fixture(), address: VerifierWorld.address)
        #expect(try await world.services.sweep() == 1200)
        #expect(try await world.store.read { try $0.all(SignInTransaction.self) }.count == 1)
    }

    @Test func tooManySignInsOfOneAddressWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.signInsPerAddress = RateLimit(3, per: 60) }
        for _ in 0..<3 { _ = try await world.signIn.begin(.fixture(), address: "192.0.2.1") }
        let error = try await #require(throws: VerifierError.self) {
            _ = try await world.signIn.begin(.fixture(), address: "192.0.2.1")
        }
        #expect(error.status == 429)
        #expect(error.retryAfter == 20)
        #expect(try world.audit.events(.rateLimit).map(\.client?.ipAddress) == ["192.0.2.1"])
        _ = try await world.signIn.begin(.fixture(), address: "192.0.2.2")
    }

    @Test func tooManyChallengesToOneUserWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.challengesPerUser = RateLimit(2, per: 60) }
        _ = try await world.enrolledAgent()
        for _ in 0..<2 { _ = try await world.signInOf() }
        let error = try await #require(throws: VerifierError.self) { _ = try await world.signInOf() }
        #expect(error.status == 429)
    }

    @Test func tooManyNamesAskedForByOneAddressWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.challengesPerAddress = RateLimit(2, per: 60) }
        let handle = try await world.signInOf("nobody")
        _ = try await world.signIn.identify(stateHandle: handle, username: "other", address: VerifierWorld.address)
        let error = try await #require(throws: VerifierError.self) {
            _ = try await world.signIn.identify(stateHandle: handle, username: "third", address: VerifierWorld.address)
        }
        #expect(error.status == 429)
        _ = try await world.signIn.identify(stateHandle: handle, username: "third", address: "192.0.2.99")
    }

    @Test func tooManyRetriesOfOneAddressWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.challengesPerAddress = RateLimit(2, per: 60) }
        let handle = try await world.signInOf("nobody")
        _ = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        let error = try await #require(throws: VerifierError.self) {
            _ = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        }
        #expect(error.status == 429)
    }

    @Test func tooManyRefusedResponsesOfOneAddressWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.failedResponsesPerAddress = RateLimit(2, per: 60) }
        _ = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        for _ in 0..<2 {
            await #expect(throws: VerifierError.self) { try await world.post("junk", to: challenge) }
        }
        let error = try await #require(throws: VerifierError.self) { try await world.post("junk", to: challenge) }
        #expect(error.status == 429)
    }
}
