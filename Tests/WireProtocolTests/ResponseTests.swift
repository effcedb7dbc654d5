// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import Foundation
import Testing
import WireProtocol

@Suite struct ResponseTests {
    private func response() async throws -> ResponseClaims {
        let signer = InMemorySigner(keyID: "c", key: try .generate(.es256))
        let challenge = ChallengeClaims(
            issuer: "https://id.example.com", issuedAt: 1_000_000, tokenID: "j", nonce: "n", transactionID: "t",
            organizationID: "o", userID: "u", verificationURI: "https://id.example.com/verify", userVerification: .none,
            userMediation: .none, signals: [], loginHint: nil, appInstanceName: nil, allowedOrigins: [])
        let verified = try UnverifiedChallenge(try await signer.compactJWS(challenge, type: TokenType.deviceBind))
            .verify(with: signer.jwk.publicKey)
        let snapshot = PostureSnapshot([
            .osVersion: SignalReading(.known(.string("12.9")), source: "/etc/os-release", collectedAt: 1),
            .diskEncryptionType: SignalReading(.unknown(reason: "no /sys"), source: "/sys", collectedAt: 1),
            .screenLockType: SignalReading(.notApplicable(reason: "no desktop"), source: "session", collectedAt: 1),
        ])
        return ResponseClaims(
            to: verified, enrollmentID: "e", methodEnrollmentID: "m", issuedAt: 1_000_001, tokenID: "j2", methods: [],
            keyType: .proofOfPossession,
            deviceSignals: DeviceSignalsClaim(deviceID: "d", clientInstanceID: "i", snapshot: snapshot),
            context: ChallengeResponseContext(
                userConsent: .none, originHeader: "https://id.example.com", bindingType: .loopback))
    }

    private func object(_ claims: ResponseClaims) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(try JSON.encode(claims))) as? [String: Any])
    }

    @Test func responseSurvivesTheWire() async throws {
        let claims = try await response()
        #expect(try JSON.decode(ResponseClaims.self, from: try JSON.encode(claims)) == claims)
    }

    @Test func claimsAreSpelledAsFastPassClientsDo() async throws {
        let members = try object(try await response())
        #expect(members["tx"] as? String == "t")
        #expect(members["methodEnrollmentId"] as? String == "m")
        #expect(members["nbf"] as? Int == 999_701)
        #expect(members["exp"] as? Int == 1_000_301)
        #expect(members["integrations"] is NSNull)
        #expect(members["signalProviders"] is NSNull)
        let context = try #require(members["challengeResponseContext"] as? [String: Any])
        #expect(context["originHeader"] as? String == "https://id.example.com")
        #expect(context["bindingType"] as? String == "LOOPBACK")
        #expect(context["transactionType"] as? String == "LOGIN")
    }

    @Test func unknownSignalHasAReasonAndNoValue() async throws {
        let signals = try #require(try object(try await response())["deviceSignals"] as? [String: Any])
        #expect(signals["osVersion"] as? String == "12.9")
        #expect(signals["diskEncryptionType"] == nil)
        #expect(signals["screenLockType"] == nil)
        let readings = try #require(signals["readings"] as? [String: [String: Any]])
        #expect(readings["diskEncryptionType"]?["state"] as? String == "unknown")
        #expect(readings["diskEncryptionType"]?["reason"] as? String == "no /sys")
        #expect(readings["screenLockType"]?["state"] as? String == "notApplicable")
    }

    @Test(arguments: ["nbf", "exp"])
    func lifeOfItsOwnChoosingIsRefused(member: String) async throws {
        var members = try object(try await response())
        members[member] = 9_999_999
        let bytes = Array(try JSONSerialization.data(withJSONObject: members))
        #expect(throws: JSONFailure.self) { try JSON.decode(ResponseClaims.self, from: bytes) }
    }

    @Test(arguments: [Int64.max, Int64.min])
    func timeAtTheEndOfTheWorldIsRefusedWithoutACrash(time: Int64) async throws {
        var members = try object(try await response())
        members["iat"] = time
        let bytes = Array(try JSONSerialization.data(withJSONObject: members))
        #expect(throws: JSONFailure.self) { try JSON.decode(ResponseClaims.self, from: bytes) }
    }

    @Test func moreSignalsThanTheBoundAreRefused() async throws {
        var claims = try await response()
        for number in 0...DeviceSignalsClaim.maximumSignals {
            claims.deviceSignals.snapshot[SignalName(rawValue: "s\(number)")] = SignalReading(
                .known(.integer(number)), source: "test", collectedAt: 1)
        }
        let bytes = try JSON.encode(claims)
        #expect(throws: JSONFailure.self) { try JSON.decode(ResponseClaims.self, from: bytes) }
    }

    @Test(arguments: [
        (UserConsent.deniedConsentPrompt, true), (.timedOut, true), (.phishingDetected, true),
        (.keyProtectionUnavailable, true), (.none, false),
        (.approvedConsentPrompt, false), (.approvedUserVerification, false),
    ])
    func refusalsAreTold(consent: UserConsent, refusal: Bool) {
        #expect(consent.isRefusal == refusal)
    }
}
