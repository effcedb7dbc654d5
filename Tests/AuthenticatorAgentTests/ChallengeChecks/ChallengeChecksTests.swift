// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import Glibc
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Each check by a challenge that is right but for one thing, through the real endpoint.
@Suite(.serialized) struct ChallengeChecksTests {
    /// One thing that is wrong, and what comes of it.
    struct Flaw: Sendable, CustomTestStringConvertible {
        var name: String
        var status: Int
        var change: @Sendable (inout ChallengeClaims, LoopbackFixture) -> Void
        var testDescription: String { "\(name) → \(status)" }
    }

    static let flaws: [Flaw] = [
        Flaw(name: "nothing", status: 200) { _, _ in },
        Flaw(name: "unknown organisation", status: 503) { claims, _ in claims.organizationID = "00oOther" },
        Flaw(name: "another issuer", status: 503) { claims, _ in claims.issuer = "https://other.example.com" },
        Flaw(name: "expired", status: 401) { claims, _ in
            claims.issuedAt -= 361
            claims.notBefore -= 361
            claims.expiresAt -= 361
        },
        Flaw(name: "expired within the leeway", status: 200) { claims, _ in
            claims.notBefore -= 355
            claims.expiresAt -= 355
        },
        Flaw(name: "not yet", status: 401) { claims, _ in claims.notBefore += 65 },
        Flaw(name: "not yet, within the leeway", status: 200) { claims, _ in claims.notBefore += 55 },
        Flaw(name: "counts for too long", status: 401) { claims, _ in claims.expiresAt += 3600 },
        Flaw(name: "answer to another origin", status: 400) { claims, _ in
            claims.verificationURI = "https://evil.example.com/verify"
        },
        Flaw(name: "answer to another port", status: 400) { claims, _ in
            claims.verificationURI = "http://127.0.0.1:1/verify"
        },
        Flaw(name: "answer to no URL", status: 400) { claims, _ in claims.verificationURI = "verify" },
        Flaw(name: "answer with a user in the URL", status: 400) { claims, fixture in
            claims.verificationURI = fixture.page.replacing("http://", with: "http://x@") + "/verify"
        },
        Flaw(name: "another method", status: 400) { claims, _ in claims.method = "push" },
        Flaw(name: "unknown user", status: 503) { claims, _ in claims.userID = "00uBob" },
        Flaw(name: "no loopback binding", status: 400) { claims, _ in claims.bindings = [.customURI] },
        Flaw(name: "no binding", status: 400) { claims, _ in claims.bindings = [] },
        Flaw(name: "origin not in the challenge", status: 403) { claims, _ in
            claims.allowedOrigins = [Origin("https://id.example.com")!]
        },
        Flaw(name: "no allowed origin", status: 403) { claims, _ in claims.allowedOrigins = [] },
    ]

    @Test(arguments: flaws) func challengeIsAnsweredAsItsFlawSays(_ flaw: Flaw) async throws {
        let fixture = try await LoopbackFixture()
        let challenge = try await fixture.challenge { flaw.change(&$0, fixture) }
        let answer = try await fixture.post(challenge)
        #expect(answer?.status == flaw.status)
        try await expectNothingHappened(fixture, unless: flaw.status)
    }

    @Test func answerInTheClearToAnotherMachineIsRefused() async throws {
        let fixture = try await LoopbackFixture()
        let issuer = "http://id.example.com"
        try await fixture.store.insert(
            try await LoopbackFixture.enrollment(
                fixture.keyStore, issuer: issuer, id: "pfdClear", organization: "00oClear",
                pinned: [fixture.challengeKey.jwk]))
        let challenge = try await fixture.challenge { claims in
            claims.organizationID = "00oClear"
            claims.issuer = issuer
            claims.verificationURI = issuer + "/verify"
        }
        #expect(try await fixture.post(challenge, origin: issuer)?.status == 400)
        #expect(fixture.prompt.requests.isEmpty)
    }

    @Test func foreignOriginIsRefusedThoughTheChallengeNamesIt() async throws {
        let fixture = try await LoopbackFixture()
        let foreign = "https://evil.example.com"
        let challenge = try await fixture.challenge { $0.allowedOrigins.append(Origin(foreign)!) }
        #expect(try await fixture.post(challenge, origin: foreign)?.status == 403)
        try await expectNothingHappened(fixture, unless: 403)
    }

    @Test(arguments: ["https://evil.example.com", "chrome-extension://abcdef", "http://127.0.0.1"])
    func foreignOriginIsRefused(_ origin: String) async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge(), origin: origin)?.status == 403)
        let report = try #require(try await fixture.verifiedResponse())
        #expect(report.keyType == .clientInstance)
        #expect(report.context.userConsent == .phishingDetected)
        #expect(report.context.originHeader == origin)
        #expect(report.deviceSignals.snapshot.readings.isEmpty)
        #expect(fixture.prompt.requests.isEmpty)
        #expect(fixture.signals.names.isEmpty)
    }

    @Test func relayedChallengeStillServesTheHonestPage() async throws {
        let fixture = try await LoopbackFixture()
        let challenge = try await fixture.challenge()
        #expect(try await fixture.post(challenge, origin: "https://evil.example.com")?.status == 403)
        #expect(try await fixture.post(challenge)?.status == 200)
        #expect(try await fixture.responses(count: 2).map(\.claims.context.userConsent).contains(.none))
    }

    @Test func relaysOfOneOriginAreReportedOnlySoOften() async throws {
        let fixture = try await LoopbackFixture(settings: { $0.relayReports = (burst: 2, interval: .seconds(600)) })
        for _ in 0..<5 {
            #expect(
                try await fixture.post(try await fixture.challenge(), origin: "https://evil.example.com")?.status == 403
            )
        }
        try await Task.sleep(for: .milliseconds(200))
        #expect(fixture.verifier.requests.count == 2)
    }

    @Test(arguments: ["forged", "unknown kid", "no kid", "another algorithm"])
    func signatureThatDoesNotVerifyIsRefused(_ kind: String) async throws {
        let fixture = try await LoopbackFixture()
        let other = try PrivateKey.generate(kind == "another algorithm" ? .rs256 : .es256)
        let signer = InMemorySigner(keyID: kind == "unknown kid" ? "challenge-2" : "challenge-1", key: other)
        var challenge = try await fixture.challenge(signer: signer)
        if kind == "no kid" {
            let genuine = try await fixture.challenge().split(separator: ".")
            challenge =
                Base64URL.encode(Array(#"{"alg":"ES256","typ":"okta-devicebind+jwt"}"#.utf8))
                + ".\(genuine[1]).\(genuine[2])"
        }
        #expect(try await fixture.post(challenge)?.status == 503)
        #expect(fixture.verifier.requests.filter { $0.method == "POST" }.isEmpty)
    }

    @Test func changedPayloadIsRefused() async throws {
        let fixture = try await LoopbackFixture()
        let genuine = try await fixture.challenge().split(separator: ".")
        let changed = try await fixture.challenge { $0.userVerification = .required }.split(separator: ".")
        #expect(try await fixture.post("\(genuine[0]).\(changed[1]).\(genuine[2])")?.status == 503)
    }

    @Test(arguments: [
        "", "abc", "a.b.c", "a.b.c.d", "eyJhbGciOiJub25lIn0.e30.", "ey J.e30.AA",
        String(repeating: "a", count: 70_000),
    ])
    func textThatIsNoChallengeIsMalformed(_ text: String) async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(text)?.status == 400)
        try await expectNothingHappened(fixture, unless: 400)
    }

    @Test func algorithmNoneIsMalformed() async throws {
        let fixture = try await LoopbackFixture()
        let payload = try await fixture.challenge().split(separator: ".")[1]
        let header = Base64URL.encode(Array(#"{"alg":"none","typ":"okta-devicebind+jwt","kid":"challenge-1"}"#.utf8))
        #expect(try await fixture.post("\(header).\(payload).")?.status == 400)
    }

    @Test func tokenOfAnotherTypeIsMalformed() async throws {
        let fixture = try await LoopbackFixture()
        let token = try await fixture.challengeKey.compactJWS(fixture.claims(), type: "JWT")
        #expect(try await fixture.post(token)?.status == 400)
    }

    @Test func refusalsOfTheOneKindAreAllAlike() async throws {
        let fixture = try await LoopbackFixture(settings: { $0.refusalDelay = .milliseconds(400) })
        let forger = InMemorySigner(keyID: "challenge-1", key: try .generate(.es256))
        let unknownKey = InMemorySigner(keyID: "challenge-9", key: try .generate(.es256))
        let challenges = [
            try await fixture.challenge { $0.organizationID = "00oOther" },
            try await fixture.challenge { $0.userID = "00uBob" },
            try await fixture.challenge(signer: forger), try await fixture.challenge(signer: unknownKey),
        ]
        var answers: Set<RawHTTPConnection.Answer> = []
        for challenge in challenges {
            let time = try await ContinuousClock().measure {
                answers.insert(try #require(try await fixture.post(challenge)))
            }
            #expect(time > .milliseconds(395) && time < .milliseconds(900))
        }
        #expect(answers.count == 1)
    }

    @Test func earlierCheckSpeaksBeforeALaterOne() async throws {
        let fixture = try await LoopbackFixture()
        let expiredAndElsewhere = try await fixture.challenge {
            $0.expiresAt -= 400
            $0.verificationURI = "https://evil.example.com/"
            $0.userID = "00uBob"
        }
        #expect(try await fixture.post(expiredAndElsewhere, origin: "https://evil.example.com")?.status == 401)
        let elsewhere = try await fixture.challenge {
            $0.verificationURI = "https://evil.example.com/"
            $0.userID = "00uBob"
        }
        #expect(try await fixture.post(elsewhere, origin: "https://evil.example.com")?.status == 400)
        let foreignUser = try await fixture.challenge { $0.userID = "00uBob" }
        #expect(try await fixture.post(foreignUser, origin: "https://evil.example.com")?.status == 503)
        let unbound = try await fixture.challenge { $0.bindings = [] }
        #expect(try await fixture.post(unbound, origin: "https://evil.example.com")?.status == 400)
    }

    @Test func challengeIsAnsweredOnce() async throws {
        let fixture = try await LoopbackFixture(settings: { $0.joinWindow = .zero })
        let challenge = try await fixture.challenge()
        #expect(try await fixture.post(challenge)?.status == 200)
        #expect(try await fixture.post(challenge)?.status == 401)
        #expect(fixture.verifier.requests.count == 1)
    }

    @Test func enrolmentOfAnotherIssuerWithTheSameOrganisationIDIsNoneOfIts() async throws {
        let fixture = try await LoopbackFixture()
        let evil = InMemorySigner(keyID: "evil", key: try .generate(.es256))
        try await fixture.store.insert(
            try await LoopbackFixture.enrollment(
                fixture.keyStore, issuer: "http://127.0.0.1:1", id: "pfdEvil", pinned: [evil.jwk], createdAt: 99))
        #expect(try await fixture.post(try await fixture.challenge(signer: evil))?.status == 503)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        #expect(try await fixture.verifiedResponse()?.enrollmentID == "pfdTest")
    }

    @Test func manyBadChallengesOfAnOriginAreTooMany() async throws {
        let fixture = try await LoopbackFixture(settings: {
            $0.badChallenges = (burst: 3, interval: .seconds(600))
            $0.refusalDelay = .zero
        })
        for _ in 0..<3 { #expect(try await fixture.post("a.b.c", origin: "https://evil.example.com")?.status == 400) }
        #expect(try await fixture.post("a.b.c", origin: "https://evil.example.com")?.status == 429)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
    }

    private func expectNothingHappened(_ fixture: LoopbackFixture, unless status: Int) async throws {
        guard status != 200 else { return }
        #expect(fixture.prompt.requests.isEmpty)
        #expect(fixture.signals.names.isEmpty)
        for response in try await fixture.responses(count: status == 403 ? 1 : 0) {
            #expect(response.claims.context.userConsent == .phishingDetected)
        }
        if status != 403 { #expect(fixture.verifier.requests.filter { $0.method == "POST" }.isEmpty) }
    }
}
