// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// A change to an honest response, and how it is refused.
struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let status: Int
    let code: ErrorCode
    let change: @Sendable (inout ResponseClaims) -> Void

    init(_ name: String, _ status: Int, _ code: ErrorCode, _ change: @escaping @Sendable (inout ResponseClaims) -> Void)
    {
        testDescription = name
        self.status = status
        self.code = code
        self.change = change
    }

    static let all: [Tampering] = [
        Tampering("challengeHash", 410, .transactionOver) { $0.challengeHash = SHA256.base64URL(of: "other") },
        Tampering("nonce", 401, .invalidToken) { $0.nonce = Base64URL.encode([UInt8](repeating: 7, count: 32)) },
        Tampering("tx", 401, .invalidToken) { $0.transactionID = "ftOther" },
        Tampering("aud", 401, .invalidToken) { $0.audience = "https://id.example.org" },
        Tampering("sub", 401, .invalidToken) { $0.userID = "00uOther" },
        Tampering("methodEnrollmentId", 401, .invalidToken) { $0.methodEnrollmentID = "crpOther" },
        Tampering("device id", 401, .invalidToken) { $0.deviceSignals.deviceID = "guoOther" },
        Tampering("client instance id", 401, .invalidToken) { $0.deviceSignals.clientInstanceID = "cliOther" },
        Tampering("iss", 404, .enrollmentNotFound) { $0.enrollmentID = "pfdOther" },
        Tampering("keyType of another key", 401, .invalidToken) { $0.keyType = .userVerification },
        Tampering("iat behind", 400, .clockSkew) { $0.issuedAt -= 61 },
        Tampering("iat ahead", 400, .clockSkew) { $0.issuedAt += 61 },
        Tampering("foreign origin", 403, .phishingAttemptDetected) { $0.context.originHeader = "https://evil.example" },
        Tampering("no origin", 403, .phishingAttemptDetected) { $0.context.originHeader = nil },
        Tampering("null origin", 403, .phishingAttemptDetected) { $0.context.originHeader = "null" },
        Tampering("origin with a slash", 403, .phishingAttemptDetected) {
            $0.context.originHeader = VerifierWorld.issuer + "/"
        },
        Tampering("binding that is not allowed", 403, .validation) {
            $0.context.bindingType = .customURI
            $0.context.originHeader = nil
        },
        Tampering("word of a verified person under the other key", 401, .invalidToken) {
            $0.context.userConsent = .approvedUserVerification
        },
    ]
}

@Suite struct ResponseAppraisalTests {
    @Test(arguments: Tampering.all)
    func aChangedClaimIsRefused(_ tampering: Tampering) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let response = try await agent.response(to: challenge, changed: tampering.change)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.status == tampering.status)
        #expect(error.code == tampering.code)
    }

    @Test func theUnchangedResponseIsAccepted() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        let identity = try #require(try await world.signIn.view(stateHandle: handle).identity)
        #expect(identity.methods == ["swk", "pop"])
        #expect(identity.contextClass == "phr")
        #expect(identity.deviceID == agent.enrollment?.device.id)
        #expect(identity.enrollmentID == agent.enrollment?.id)
        #expect(identity.authenticatedAt == world.clock.now)
    }

    @Test(arguments: ["https://id.example.com", "https://login.example.com"])
    func everyAllowedOriginIsAccepted(_ origin: String) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge, origin: origin), to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).name == "success")
    }

    @Test(arguments: [-60, 60] as [Int64])
    func aClockThatIsAMinuteOffIsTolerated(_ skew: Int64) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let response = try await agent.response(to: challenge) { $0.issuedAt += skew }
        try await world.post(response, to: challenge)
    }

    @Test func aClockThatIsFurtherOffIsToldInPlainWords() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge) { $0.issuedAt -= 120 }
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.summary.contains("120 seconds behind"))
        #expect(try await world.signIn.view(stateHandle: handle).name == "clockSkew")
    }

    @Test(arguments: ["not a jws", "a.b.c", "", "e30.e30.AA", String(repeating: "x", count: 70_000)])
    func whatIsNoJWSIsMalformed(_ text: String) async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let error = try await #require(throws: VerifierError.self) { try await world.post(text, to: challenge) }
        #expect(error.status == 400)
        #expect(error.code == .malformed)
    }

    @Test(arguments: [
        #"{"alg":"none","typ":"okta-devicebind+jwt","kid":"KID"}"#,
        #"{"alg":"HS256","typ":"okta-devicebind+jwt","kid":"KID"}"#,
        #"{"alg":"ES256","typ":"JWT","kid":"KID"}"#, #"{"alg":"ES256","kid":"KID"}"#,
        #"{"alg":"ES256","typ":"okta-devicebind+jwt","kid":"KID","crit":["b64"]}"#,
        #"{"alg":"RS256","typ":"okta-devicebind+jwt","kid":"KID"}"#,
        #"{"alg":"ES256","typ":"okta-devicebind+jwt"}"#, #"{"alg":"ES256","typ":"okta-devicebind+jwt","kid":"other"}"#,
    ])
    func anotherHeaderIsRefused(_ header: String) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let claims = try await agent.claims(to: challenge)
        let response = try await agent.sign(
            header: header.replacing("KID", with: agent.proofOfPossession.keyID), payload: try JSON.encode(claims),
            with: agent.proofOfPossession)
        await #expect(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(try await world.signIn.view(stateHandle: handle).name == "challenge")
    }

    @Test(arguments: ["nbf", "exp"])
    func timesThatAreNotThreeHundredSecondsAroundAreMalformed(_ name: String) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let claims = try await agent.claims(to: challenge)
        let value = claims.issuedAt + (name == "exp" ? 300 : -300)
        let payload = String(decoding: try JSON.encode(claims), as: UTF8.self)
            .replacing(#""\#(name)":\#(value)"#, with: #""\#(name)":\#(value + 3600)"#)
        let header = #"{"alg":"ES256","typ":"okta-devicebind+jwt","kid":"\#(agent.proofOfPossession.keyID)"}"#
        let response = try await agent.sign(header: header, payload: Array(payload.utf8), with: agent.proofOfPossession)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.code == .malformed)
    }

    @Test func aSignatureOfAnotherKeyIsRefused() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let forger = InMemorySigner(
            keyID: agent.proofOfPossession.keyID, key: try PrivateKey.generate(.es256))
        let response = try await forger.compactJWS(
            try await agent.claims(to: challenge), type: TokenType.deviceBind)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.code == .invalidToken)
        #expect(try await world.signIn.view(stateHandle: handle).name == "challenge")
    }

    @Test func anotherPersonsDeviceIsRefused() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent("alice")
        let mallory = try await world.enrolledAgent("mallory")
        let handle = try await world.signInOf("alice")
        let challenge = try await world.challenge(handle)
        let honest = try await mallory.response(to: challenge)
        let error = try await #require(throws: VerifierError.self) { try await world.post(honest, to: challenge) }
        #expect(error.code == .enrollmentNotFound)
        #expect(try await world.signIn.view(stateHandle: handle).name == "challenge")
    }

    @Test func anyDeviceOfThePersonMayAnswer() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent("alice")
        let second = try await world.enrolledAgent("alice")
        let handle = try await world.signInOf("alice")
        let challenge = try await world.challenge(handle)
        try await world.post(try await second.response(to: challenge), to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).identity?.enrollmentID == second.enrollment?.id)
    }

    @Test func theVerificationURIMustNameTheResponsesTransaction() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let first = try await world.challenge(try await world.signInOf())
        let second = try await world.challenge(try await world.signInOf())
        let response = try await agent.response(to: first)
        await #expect(throws: VerifierError.self) { try await world.post(response, to: second) }
        let error = try await #require(throws: VerifierError.self) {
            try await world.signIn.respond(transactionID: "ftNone", response: response, address: "192.0.2.1")
        }
        #expect(error.status == 404)
    }

    @Test func aChallengeThatRanOutIsOver() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        world.clock.advance(ChallengeClaims.lifetime)
        let response = try await agent.response(to: challenge)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.code == .transactionOver)
        #expect(try await world.signIn.view(stateHandle: handle).name == "timedOut")
    }

    @Test func aSignInThatRanOutTakesNoResponseToAFreshChallenge() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        world.clock.advance(SignInTransaction.lifetime - 10)
        _ = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        let challenge = try await world.challenge(handle)
        world.clock.advance(10)
        let response = try await agent.response(to: challenge)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.code == .transactionOver)
    }
}
