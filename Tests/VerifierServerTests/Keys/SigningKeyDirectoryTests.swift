// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct SigningKeyDirectoryTests {
    @Test func keysAreListedWithTheirStandingAndNoSecret() async throws {
        let world = try await VerifierWorld()
        let keys = world.services.signingKeys
        #expect(try await keys.list().map(\.use) == ["challenge", "tokenES256", "tokenRS256"])
        #expect(try await keys.list().allSatisfy { $0.status == .current && $0.toldUntil == nil })
        world.clock.advance(10)
        try await world.services.challengeKeys.rotate()
        try await world.services.tokenKeys.rotate()
        let rotated = try await keys.list()
        #expect(rotated.map(\.status) == [.current, .checking, .current, .checking, .current, .checking])
        let current = try await world.services.tokenKeys.signer(for: .es256).keyID
        #expect(rotated[2].id == current)
        #expect(rotated[3].replaced != nil && rotated[3].toldUntil != nil)
        world.clock.advance(ChallengeKeyring.overlap)
        #expect(try await keys.list()[1].status == .over)
        #expect(try await keys.list()[3].status == .checking)
        world.clock.advance(TokenKeyring.retention)
        #expect(try await keys.list().map(\.status) == [.current, .over, .current, .over, .current, .over])
        let text = String(decoding: try JSON.encode(try await keys.list()), as: UTF8.self)
        #expect(!text.contains("sealed") && !text.contains("\"d\""))
    }
}
