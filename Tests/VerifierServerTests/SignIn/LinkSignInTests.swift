// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import Testing
import WireProtocol

@testable import VerifierServer

/// Sign-ins by a link, where the page does not reach the agent: docs/protocol.md, "The custom URI".
@Suite struct LinkSignInTests {
    private let world: VerifierWorld

    init() async throws { world = try await VerifierWorld { $0.customURI = true } }

    /// A sign-in whose page did not reach the agent.
    private func unreached(in world: VerifierWorld, _ request: SignInRequest = .fixture()) async throws -> String {
        let handle = try await world.signInOf("alice", request)
        _ = try await world.signIn.cancel(
            stateHandle: handle, reason: "OV_UNREACHABLE_BY_LOOPBACK", statusCode: nil)
        return handle
    }

    private func link(_ handle: String, in world: VerifierWorld) async throws -> String {
        let standing = try await world.signIn.link(stateHandle: handle, address: VerifierWorld.address)
        guard case .challenge(let compact, isRecheck: false, isByLink: true) = standing.view else {
            throw TestFailure("no challenge for a link")
        }
        return compact
    }

    /// What an agent answers to a link's challenge, or a changed answer.
    private func response(
        _ agent: TestAgent, to challenge: String, consent: UserConsent = .approvedConsentPrompt,
        keyType: ResponseKeyType = .proofOfPossession,
        changed change: @escaping (inout ResponseClaims) -> Void = { _ in }
    ) async throws -> String {
        try await agent.response(to: challenge, consent: consent, keyType: keyType, origin: nil) {
            $0.context.bindingType = .customURI
            change(&$0)
        }
    }

    @Test func `a link signs in and is never resistant to phishing`() async throws {
        let agent = try await world.enrolledAgent()
        let handle = try await unreached(in: world)
        let challenge = try await link(handle, in: world)
        let claims = try UnverifiedChallenge(challenge).claims
        #expect(claims.bindings == [.customURI] && claims.userMediation == .required)
        try await world.post(try await response(agent, to: challenge), to: challenge)
        let identity = try #require(try await world.signIn.view(stateHandle: handle).identity)
        #expect(identity.contextClass == nil)
        #expect(identity.proofs?.map(\.isPhishingResistant) == [false])
        #expect(try world.audit.events(.authentication).last?.debugContext.debugData["bindingType"] == "CUSTOM_URI")
    }

    @Test func `its session signs in to nothing else`() async throws {
        let agent = try await world.enrolledAgent()
        let handle = try await unreached(in: world)
        let challenge = try await link(handle, in: world)
        try await world.post(try await response(agent, to: challenge), to: challenge)
        let token = try await world.session(of: try await world.finish(handle))
        let session = try #require(try await world.services.sessions.find(token: token))
        var client = RegisteredClient.agent
        client.isAgent = false
        let other = SingleSignOn(request: .fixture, client: client, expectedUserID: nil, now: world.clock.now)
        #expect(!other.isServed(by: session))
    }

    @Test(arguments: ["LOOPBACK", "CUSTOM_URI"])
    func `policies are told that it came by a link, and remember nothing of where it was opened`(
        _ binding: String
    ) async throws {
        let condition = #"{"elCondition": {"condition": "device.caller.bindingType == '\#(binding)'"}}"#
        let policy = try AccessPolicy.rules(PolicyDocuments.allow("A", 1, if: condition), PolicyDocuments.deny("B", 2))
        let world = try await VerifierWorld {
            $0.customURI = true
            $0.accessPolicies = [policy]
        }
        let agent = try await world.enrolledAgent()
        let challenge = try await link(try await unreached(in: world, .governed()), in: world)
        try await world.post(try await response(agent, to: challenge), to: challenge)
        let record = try #require(
            try await world.services.signInHistory.decisions(of: world.transactionID(challenge)).last)
        #expect(record.decided["rule"]?.hasPrefix(binding == "CUSTOM_URI" ? "A" : "B") == true)
        #expect(try await world.store.read { try $0.all(RiskMemory.self) }.isEmpty)
    }

    @Test func `links are off unless the organisation allows them`() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let handle = try await unreached(in: world)
        await #expect(throws: VerifierError.self) { try await link(handle, in: world) }
        #expect(try await world.signIn.view(stateHandle: handle).name == "agentUnreachable")
    }

    @Test func `a link is for where the page did not reach the agent`() async throws {
        _ = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        await #expect(throws: VerifierError.self) { try await link(handle, in: world) }
        _ = try await world.signIn.cancel(stateHandle: handle, reason: "USER_CANCELED", statusCode: nil)
        await #expect(throws: VerifierError.self) { try await link(handle, in: world) }
    }

    @Test func `no link enrols, changes an account, administers, or serves an app that asks how one signed in`()
        async throws
    {
        _ = try await world.enrolledAgent()
        var account = SignInRequest.fixture()
        account.change = AccountChange(.enroll)
        var strict = SignInRequest.fixture()
        strict.authorization.contextClasses = ["phr"]
        var page = SignInRequest.fixture()
        page.authorization.clientID = RegisteredClient.accountPageID
        var administration = SignInRequest.fixture()
        administration.authorization.scopes = ["openid", "okta.users.read"]
        #expect(SignInRequest.fixture().servesLinks)
        #expect(!SignInRequest.fixture(acceptsEnrollmentCode: true).servesLinks)
        for request in [account, strict, page, administration] {
            #expect(!request.servesLinks)
            let handle = try await unreached(in: world, request)
            await #expect(throws: VerifierError.self) { try await link(handle, in: world) }
        }
    }

    @Test func `a link's challenge is not answered over the loopback, nor with an origin, nor without asking`()
        async throws
    {
        let agent = try await world.enrolledAgent()
        let challenge = try await link(try await unreached(in: world), in: world)
        let wrong: [(inout ResponseClaims) -> Void] = [
            { claims in
                claims.context.bindingType = .loopback
                claims.context.originHeader = VerifierWorld.issuer
            },
            { $0.context.originHeader = VerifierWorld.issuer },
            { $0.context.userConsent = .none },
        ]
        for change in wrong {
            let response = try await response(agent, to: challenge, changed: change)
            await #expect(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        }
    }

    @Test(arguments: [Binding.customURI, .loopback])
    func `a challenge that says nobody is to be asked still wants it of a link`(_ binding: Binding) async throws {
        let agent = try await world.enrolledAgent()
        let compact = try await world.challenge(try await world.signInOf())
        var claims = try await agent.claims(to: compact, origin: nil)
        claims.context.bindingType = binding
        let challenge = IssuedChallenge(
            compact: compact, hash: claims.challengeHash, nonce: claims.nonce, expiresAt: 9, allowedOrigins: [],
            bindings: [binding], keyTypes: ["proofOfPossession"], userVerification: .none, userMediation: .none,
            keyProtection: nil)
        do throws(ResponseRefusal) {
            #expect(try ConsentAppraisal(challenge: challenge, claims: claims).failure() == nil)
            #expect(binding == .loopback)
        } catch {
            #expect(binding == .customURI)
        }
    }

    @Test func `who cannot be verified is told so by the key that is worth nothing else`() async throws {
        let agent = try await world.enrolledAgent()
        let handle = try await unreached(in: world, .fixture(userVerification: .required))
        let challenge = try await link(handle, in: world)
        let response = try await response(
            agent, to: challenge, consent: .userVerificationPermanentlyUnavailable, keyType: .clientInstance)
        try await world.post(response, to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).name == "userVerificationUnavailable")
    }

    @Test func `the page is offered a link where it did not reach the agent, and gets one to open`() async throws {
        let answerer = SignInAnswerer(
            organization: "Test", issuer: VerifierWorld.issuer, ports: ["61711"], probeTimeoutMillis: 1, help: nil,
            customURI: true)
        func answer(_ view: SignInView, by answerer: SignInAnswerer, _ request: SignInRequest = .fixture())
            -> SignInAnswer
        {
            answerer.answer(
                SignInStanding(view: view, request: request, endsAt: 9), name: SignInName(of: "handle"), now: 1)
        }
        #expect(answer(.failed(.agentUnreachable), by: answerer).offersLink == true)
        #expect(answer(.failed(.phishing), by: answerer).offersLink == nil)
        #expect(
            answer(.failed(.agentUnreachable), by: answerer, .fixture(acceptsEnrollmentCode: true)).offersLink == nil)
        var off = answerer
        off.customURI = false
        #expect(answer(.failed(.agentUnreachable), by: off).offersLink == nil)
        let challenge = try #require(
            answer(.challenge("a.b.c", isRecheck: false, isByLink: true), by: answerer).challenge)
        #expect(challenge.challengeMethod == "CUSTOM_URI" && challenge.ports == nil && challenge.domain == nil)
        #expect(challenge.href == "countersign:/deviceChallenge?challengeRequest=a.b.c")
    }
}
