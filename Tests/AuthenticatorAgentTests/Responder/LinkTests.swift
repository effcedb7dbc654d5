// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Challenges that links bring: docs/protocol.md, "The custom URI".
@Suite(.serialized) struct LinkTests {
    private func byLink(_ claims: inout ChallengeClaims) { claims.bindings = [.customURI] }

    @Test func `a link's challenge is answered after a prompt, without an origin and by its own binding`() async throws
    {
        let fixture = try await LoopbackFixture(allowsLinks: true)
        #expect(await fixture.server.answer(link: try await fixture.challenge(byLink)) == nil)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.context.bindingType == .customURI && response.context.originHeader == nil)
        // The challenge says that nobody is to be asked.
        #expect(response.context.userConsent == .approvedConsentPrompt && response.keyType == .proofOfPossession)
        let request = try #require(fixture.prompt.requests.first)
        #expect(request.origin == nil && request.process == nil && request.organization == "Test")
        #expect(fixture.signals.names == [[.platform]])
    }

    @Test func `links are off unless the administrator of the device allows them`() async throws {
        let fixture = try await LoopbackFixture()
        let refusal = await fixture.server.answer(link: try await fixture.challenge(byLink))
        #expect(refusal?.contains("administrator") == true)
        try await expectNothing(of: fixture)
    }

    @Test func `links of another organisation than the allowed are refused`() async throws {
        let fixture = try await LoopbackFixture(allowsLinks: true)
        let issuer = "https://id.example.com"
        try await fixture.store.insert(
            try await LoopbackFixture.enrollment(
                fixture.keyStore, issuer: issuer, id: "pfdOther", organization: "00oOther",
                pinned: [fixture.challengeKey.jwk]))
        let challenge = try await fixture.challenge { claims in
            byLink(&claims)
            claims.organizationID = "00oOther"
            claims.issuer = issuer
            claims.verificationURI = issuer + "/verify"
        }
        #expect(await fixture.server.answer(link: challenge)?.contains("administrator") == true)
        try await expectNothing(of: fixture)
    }

    @Test(arguments: [[Binding.loopback], []])
    func `a challenge that was not signed for links is refused`(_ bindings: [Binding]) async throws {
        let fixture = try await LoopbackFixture(allowsLinks: true)
        let challenge = try await fixture.challenge { $0.bindings = bindings }
        #expect(await fixture.server.answer(link: challenge)?.contains("by a link") == true)
        try await expectNothing(of: fixture)
    }

    @Test func `a forged or expired challenge is refused as over the loopback`() async throws {
        let fixture = try await LoopbackFixture(allowsLinks: true)
        let stranger = InMemorySigner(keyID: "challenge-1", key: try .generate(.es256))
        #expect(await fixture.server.answer(link: try await fixture.challenge(byLink, signer: stranger)) != nil)
        let late = try await fixture.challenge { claims in
            byLink(&claims)
            claims.notBefore -= 400
            claims.expiresAt -= 400
        }
        #expect(await fixture.server.answer(link: late)?.contains("expired") == true)
        #expect(await fixture.server.answer(link: "nonsense") != nil)
        try await expectNothing(of: fixture)
    }

    @Test func `a link's challenge is answered once`() async throws {
        let fixture = try await LoopbackFixture(allowsLinks: true) { $0.joinWindow = .zero }
        let challenge = try await fixture.challenge(byLink)
        #expect(await fixture.server.answer(link: challenge) == nil)
        #expect(await fixture.server.answer(link: challenge)?.contains("used before") == true)
        #expect(fixture.prompt.requests.count == 1)
    }

    @Test func `the person's no is a refusal of the client instance key`() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(.denied), allowsLinks: true)
        #expect(await fixture.server.answer(link: try await fixture.challenge(byLink)) == nil)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .clientInstance && response.context.userConsent == .deniedConsentPrompt)
        #expect(response.context.bindingType == .customURI && fixture.signals.names.isEmpty)
    }

    @Test func `without a prompt no key that signs in signs`() async throws {
        let fixture = try await LoopbackFixture(allowsLinks: true)
        let challenge = try await fixture.challenge { claims in
            byLink(&claims)
            claims.userVerification = .required
        }
        #expect(await fixture.server.answer(link: challenge) == nil)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .clientInstance)
        #expect(response.context.userConsent == .userVerificationPermanentlyUnavailable)
        #expect(fixture.prompt.requests.isEmpty && fixture.signals.names.isEmpty)
    }

    @Test func `no link takes the place of the prompt that is open`() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil), allowsLinks: true)
        let first = try await fixture.challenge(byLink)
        let waiting = Task { await fixture.server.answer(link: first) }
        await fixture.prompt.shown(1)
        let challenge = try await fixture.challenge(byLink)
        let refusal = Mutex<String?>(nil)
        let second = Task {
            let answer = await fixture.server.answer(link: challenge)
            refusal.withLock { $0 = answer }
        }
        for _ in 0..<500 where refusal.withLock({ $0 }) == nil && fixture.prompt.requests.count < 2 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(refusal.withLock { $0 }?.contains("another sign-in is waiting") == true)
        #expect(fixture.prompt.requests.count == 1 && fixture.prompt.withdrawn == 0)
        fixture.prompt.answer(.approved)
        await second.value
        #expect(await waiting.value == nil)
    }

    @Test func `the prompt goes with who brought the link`() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil), allowsLinks: true)
        let challenge = try await fixture.challenge(byLink)
        let waiting = Task { await fixture.server.answer(link: challenge) }
        await fixture.prompt.shown(1)
        waiting.cancel()
        #expect(await fixture.prompt.wereWithdrawn(1))
        #expect(await waiting.value != nil)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test func `links open few prompts`() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(.denied), allowsLinks: true)
        for _ in 0..<3 { #expect(await fixture.server.answer(link: try await fixture.challenge(byLink)) == nil) }
        let refusal = await fixture.server.answer(link: try await fixture.challenge(byLink))
        #expect(refusal?.contains("too often") == true)
        #expect(fixture.prompt.requests.count == 3)
    }

    private func expectNothing(of fixture: LoopbackFixture) async throws {
        #expect(fixture.prompt.requests.isEmpty && fixture.prompt.pinRequests.isEmpty)
        #expect(fixture.signals.names.isEmpty && fixture.verifier.requests.isEmpty)
    }
}
