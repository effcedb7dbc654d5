// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import Testing
import WireProtocol

@Suite struct ChallengeTests {
    private let signer: InMemorySigner
    private let claims: ChallengeClaims

    init() throws {
        signer = InMemorySigner(keyID: "challenge-1", key: try .generate(.es256))
        claims = ChallengeClaims(
            issuer: "https://id.example.com", issuedAt: 1_000_000, tokenID: "j", nonce: "n", transactionID: "t",
            organizationID: "o", userID: "u", verificationURI: "https://id.example.com/verify",
            userVerification: .preferred, userMediation: .required, signals: [.platform, .osVersion],
            loginHint: "alice", appInstanceName: "Wiki",
            allowedOrigins: [try #require(Origin("https://id.example.com"))])
    }

    @Test func challengeKeepsItsClaimsThroughItsSignature() async throws {
        let compact = try await signer.compactJWS(claims, type: TokenType.deviceBind)
        let unverified = try UnverifiedChallenge(compact)
        let verified = try unverified.verify(with: signer.jwk.publicKey)
        #expect(verified.claims == claims)
        #expect(verified.hash == SHA256.base64URL(of: compact))
        #expect(unverified.keyID == "challenge-1")
        #expect(verified.claims.expiresAt - verified.claims.issuedAt == 300)
    }

    @Test func tokenOfAnotherTypeIsNoChallenge() async throws {
        let compact = try await signer.compactJWS(claims, type: TokenType.keySet)
        #expect(throws: JWSError.unexpectedType) { try UnverifiedChallenge(compact) }
    }

    @Test(arguments: [
        "iss", "aud", "iat", "exp", "jti", "nonce", "transactionId", "orgId", "userId", "verificationUri", "method",
        "allowedOrigins", "bindings",
    ])
    func missingClaimIsMalformed(name: String) async throws {
        var members = try members(of: claims)
        members[name] = nil
        let compact = try await signer.compactJWS(members, type: TokenType.deviceBind)
        #expect(throws: JWSError.malformed) { try UnverifiedChallenge(compact) }
    }

    @Test func valuesThatAreNotKnownCountAsAbsent() async throws {
        var members = try members(of: claims)
        members["userVerification"] = .string("SOMETIMES")
        members["userMediation"] = .string("SOMETIMES")
        members["bindings"] = .strings(["CARRIER_PIGEON"])
        members["keyProtection"] = .string("SAFE")
        members["somethingNew"] = .string("x")
        let challenge = try UnverifiedChallenge(
            try await signer.compactJWS(members, type: TokenType.deviceBind))
        #expect(challenge.claims.userVerification == nil)
        #expect(challenge.claims.userMediation == nil)
        #expect(challenge.claims.bindings.isEmpty)
        #expect(challenge.claims.keyProtection == .any)
    }

    @Test func originThatIsNoneIsMalformed() async throws {
        var members = try members(of: claims)
        members["allowedOrigins"] = .strings(["https://id.example.com/"])
        let compact = try await signer.compactJWS(members, type: TokenType.deviceBind)
        #expect(throws: JWSError.malformed) { try UnverifiedChallenge(compact) }
    }

    private func members(of claims: ChallengeClaims) throws -> [String: SignalValue] {
        var members: [String: SignalValue] = [:]
        for (name, value) in try JSON.decode([String: Member].self, from: try JSON.encode(claims)) {
            members[name] = value.value
        }
        return members
    }

    /// A claim of any of the types that a challenge has; the empty list of providers reads as a list of texts.
    private struct Member: Decodable {
        var value: SignalValue
        init(from decoder: any Decoder) throws { value = try SignalValue(from: decoder) }
    }
}
