// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@Suite struct PinnedKeySetTests {
    private let first: InMemorySigner
    private let second: InMemorySigner
    private let pinned: PinnedKeySet
    private let issuer = "https://id.example.com"

    init() throws {
        first = InMemorySigner(keyID: "1", key: try .generate(.es256))
        second = InMemorySigner(keyID: "2", key: try .generate(.es256))
        pinned = PinnedKeySet(sequence: 1, keys: [first.jwk], allowedOrigins: [])
    }

    private func announcement(
        _ sequence: Int, keys: [JWK], by signer: InMemorySigner, issuer: String? = nil, organization: String = "o",
        type: String = TokenType.keySet
    ) async throws -> String {
        try await signer.compactJWS(
            KeySetClaims(
                issuer: issuer ?? self.issuer, organizationID: organization, sequence: sequence, issuedAt: 1,
                keys: keys,
                allowedOrigins: []),
            type: type)
    }

    private func follow(_ announcement: String) throws -> PinnedKeySet {
        try pinned.following(announcement, issuer: issuer, organizationID: "o")
    }

    @Test func aChainLeadsFromTheFirstKeyToTheLast() async throws {
        let third = InMemorySigner(keyID: "3", key: try .generate(.es256))
        let one = try follow(try await announcement(2, keys: [second.jwk], by: first))
        let two = try one.following(
            try await announcement(3, keys: [third.jwk], by: second), issuer: issuer, organizationID: "o")
        #expect(two.sequence == 3)
        #expect(two.key(named: "3") == third.jwk.publicKey)
        #expect(two.key(named: "1") == nil)
    }

    @Test func aSetThatAnnouncesItselfIsNotFollowed() async throws {
        let announcement = try await announcement(2, keys: [second.jwk], by: second)
        #expect(throws: JWSError.unknownKey) { try follow(announcement) }
    }

    @Test func aKeyThatBorrowsAPinnedNameIsNotFollowed() async throws {
        let thief = InMemorySigner(keyID: "1", key: try .generate(.es256))
        let announcement = try await announcement(2, keys: [thief.jwk], by: thief)
        #expect(throws: JWSError.signatureMismatch) { try follow(announcement) }
    }

    @Test(arguments: [-1, 0, 1, 3, Int.max])
    func onlyTheNextLinkIsFollowed(sequence: Int) async throws {
        let announcement = try await announcement(sequence, keys: [second.jwk], by: first)
        #expect(throws: KeySetError.notNextInChain) { try follow(announcement) }
    }

    @Test func anotherIssuersOrOrganisationsLinkIsNotFollowed() async throws {
        let otherIssuer = try await announcement(2, keys: [second.jwk], by: first, issuer: "https://evil.test")
        #expect(throws: KeySetError.foreignIssuer) { try follow(otherIssuer) }
        let otherOrganization = try await announcement(2, keys: [second.jwk], by: first, organization: "p")
        #expect(throws: KeySetError.foreignIssuer) { try follow(otherOrganization) }
    }

    @Test func aChallengeIsNoAnnouncement() async throws {
        let announcement = try await announcement(2, keys: [second.jwk], by: first, type: TokenType.deviceBind)
        #expect(throws: JWSError.unexpectedType) { try follow(announcement) }
    }

    @Test func aSetWithoutKeysOrWithTooManyIsNotFollowed() async throws {
        let none = try await announcement(2, keys: [], by: first)
        #expect(throws: KeySetError.badSize) { try follow(none) }
        let many = try await announcement(2, keys: Array(repeating: second.jwk, count: 9), by: first)
        #expect(throws: KeySetError.badSize) { try follow(many) }
    }
}
