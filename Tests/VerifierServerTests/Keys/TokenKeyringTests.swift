// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct TokenKeyringTests {
    private struct Claims: Codable { var sub: String }

    @Test(arguments: TokenKeyring.algorithms)
    func theSetVerifiesWhatTheSignerSigned(_ algorithm: SignatureAlgorithm) async throws {
        let keys = try await VerifierWorld().services.tokenKeys
        let signer = try await keys.signer(for: algorithm)
        #expect(signer.algorithm == .plain(algorithm))
        let jws = try UnverifiedJWS(try await signer.compactJWS(Claims(sub: "a"), type: "JWT"))
        let key = try #require(try await keys.jwkSet().key(named: signer.keyID))
        try jws.verify(type: "JWT", with: key)
    }

    @Test func aReplacedKeyIsToldForItsTime() async throws {
        let world = try await VerifierWorld()
        let keys = world.services.tokenKeys
        let old = try await keys.signer(for: .es256).keyID
        #expect(try await keys.jwkSet().keys.count == 2)
        try await keys.rotate()
        let new = try await keys.signer(for: .es256).keyID
        #expect(new != old)
        #expect(try await keys.jwkSet().keys.count == 4)
        #expect(try await keys.jwkSet().key(named: old) != nil)
        #expect(try await keys.jwkSet().keys.first?.keyID != old)
        world.clock.advance(TokenKeyring.retention)
        #expect(try await keys.jwkSet().key(named: old) == nil)
        #expect(try await keys.jwkSet().key(named: new) != nil)
    }

    @Test func theSetHoldsPublicHalvesAlone() async throws {
        let keys = try await VerifierWorld().services.tokenKeys
        let text = String(decoding: try JSON.encode(try await keys.jwkSet()), as: UTF8.self)
        #expect(!text.contains(#""d":"#))
        #expect(text.contains(#""kid":"#))
    }

    @Test func otherKeysAreNotAmongThem() async throws {
        let world = try await VerifierWorld()
        let challengeKey = try await world.services.challengeKeys.currentSigner().keyID
        #expect(try await world.services.tokenKeys.jwkSet().key(named: challengeKey) == nil)
    }
}
