// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceAssurance
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ReleaseFeedKeysTests {
    private static let now: Int64 = 1_790_000_000
    private let signer: InMemorySigner
    private let other: InMemorySigner

    init() throws {
        signer = InMemorySigner(keyID: "feed-1", key: try PrivateKey.generate(.es256))
        other = InMemorySigner(keyID: "feed-1", key: try PrivateKey.generate(.es256))
    }

    private func accept(_ compactJWS: String, replacing current: ReleaseFeed? = nil) throws -> ReleaseFeed {
        try SignedReleaseFeed.accept(
            compactJWS, replacing: current, now: Self.now, verifiedBy: ReleaseFeedKeys(keys: [signer.jwk]))
    }

    @Test func takesTheFeedThatAPinnedKeySigned() async throws {
        let feed = try ReleaseFeed.shipped()
        let signed = try await signer.compactJWS(feed, type: SignedReleaseFeed.type)
        #expect(try accept(signed) == feed)
        var newer = feed
        newer.issuedAt += 1
        #expect(throws: ReleaseFeedRefusal.older) { try accept(signed, replacing: newer) }
    }

    @Test func refusesEveryOtherSignature() async throws {
        let feed = try ReleaseFeed.shipped()
        let foreign = try await other.compactJWS(feed, type: SignedReleaseFeed.type)
        #expect(throws: JWSError.signatureMismatch) { try accept(foreign) }
        // What the same key signed for another purpose is no feed.
        let token = try await signer.compactJWS(feed, type: TokenType.accessToken)
        #expect(throws: JWSError.unexpectedType) { try accept(token) }
        let signed = try await signer.compactJWS(feed, type: SignedReleaseFeed.type)
        var parts = signed.split(separator: ".").map(String.init)
        var newer = feed
        newer.operatingSystems.removeLast()
        parts[1] = String(try await signer.compactJWS(newer, type: SignedReleaseFeed.type).split(separator: ".")[1])
        #expect(throws: JWSError.signatureMismatch) { try accept(parts.joined(separator: ".")) }
        #expect(throws: JWSError.self) { try accept("x") }
        #expect(throws: JWSError.signatureMismatch) {
            try SignedReleaseFeed.accept(
                signed, replacing: nil, now: Self.now, verifiedBy: ReleaseFeedKeys(keys: []))
        }
    }
}
