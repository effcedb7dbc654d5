// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ChallengeKeyringTests {
    private func walk(_ pinned: PinnedKeySet, in world: VerifierWorld) async throws -> PinnedKeySet {
        var pinned = pinned
        while true {
            let next = try await world.services.enrollment.announcements(after: pinned.sequence).announcements
            if next.isEmpty { return pinned }
            for announcement in next {
                pinned = try pinned.following(
                    announcement, issuer: VerifierWorld.issuer, organizationID: "00oTest")
            }
        }
    }

    @Test func anAgentThatWasOffDuringTwoRotationsFollows() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let pinned = try await world.services.challengeKeys.pinnedKeySet()
        #expect(pinned.sequence == 1)
        try await world.services.challengeKeys.rotate()
        world.clock.advance(30 * 24 * 3600)
        try await world.services.challengeKeys.rotate()
        let challenge = try UnverifiedChallenge(try await world.challenge(try await world.signInOf()))
        let keyID = try #require(challenge.keyID)
        #expect(pinned.key(named: keyID) == nil)
        let followed = try await walk(pinned, in: world)
        #expect(followed.sequence == 3)
        _ = try challenge.verify(with: try #require(followed.key(named: keyID)))
        #expect(followed == (try await world.services.challengeKeys.pinnedKeySet()))
    }

    @Test func anOpenChallengeStillVerifiesAfterTwoRotationsAtOnce() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let challenge = try UnverifiedChallenge(try await world.challenge(try await world.signInOf()))
        try await world.services.challengeKeys.rotate()
        world.clock.advance(299)
        try await world.services.challengeKeys.rotate()
        let set = try await world.services.challengeKeys.pinnedKeySet()
        _ = try challenge.verify(with: try #require(challenge.keyID.flatMap { set.key(named: $0) }))
    }

    @Test func aKeyOfLongAgoIsNoLongerAnnounced() async throws {
        let world = try await VerifierWorld()
        let first = try await world.services.challengeKeys.pinnedKeySet()
        try await world.services.challengeKeys.rotate()
        world.clock.advance(ChallengeKeyring.overlap)
        try await world.services.challengeKeys.rotate()
        let set = try await world.services.challengeKeys.pinnedKeySet()
        #expect(set.keys.count == 2)
        #expect(first.keys.allSatisfy { key in set.key(named: key.keyID ?? "") == nil })
    }

    @Test func manyRotationsStayWithinTheBoundsThatAgentsAccept() async throws {
        let world = try await VerifierWorld()
        let pinned = try await world.services.challengeKeys.pinnedKeySet()
        for _ in 0..<12 { try await world.services.challengeKeys.rotate() }
        #expect(try await walk(pinned, in: world).sequence == 13)
    }

    @Test func announcementsComeInBoundedPortions() async throws {
        let world = try await VerifierWorld()
        for _ in 0..<70 { try await world.services.challengeKeys.rotate() }
        #expect(try await world.services.enrollment.announcements(after: 1).announcements.count == 64)
        #expect(try await world.services.enrollment.announcements(after: 65).announcements.count == 6)
        #expect(try await world.services.enrollment.announcements(after: 71).announcements.isEmpty)
        #expect(try await world.services.enrollment.announcements(after: -1).announcements.isEmpty)
        #expect(try await world.services.enrollment.announcements(after: .max).announcements.isEmpty)
    }

    @Test func twoProgramsThatRotateAtOnceMakeOneChain() async throws {
        let world = try await VerifierWorld()
        let other = try await VerifierWorld.services(
            in: world.folder, store: try SQLiteStore(path: world.folder.file("verifier.sqlite")), clock: world.clock,
            audit: world.audit
        ) { $0.allowedOrigins = world.services.settings.allowedOrigins }
        let pinned = try await world.services.challengeKeys.pinnedKeySet()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for keys in [world.services.challengeKeys, other.challengeKeys] {
                group.addTask { for _ in 0..<4 { _ = try await keys.rotate() } }
            }
            try await group.waitForAll()
        }
        #expect(try await walk(pinned, in: world).sequence == 9)
    }

    @Test func theKeysOfAnEarlierStartAreKept() async throws {
        let world = try await VerifierWorld()
        let before = try await world.services.challengeKeys.pinnedKeySet()
        let again = try await VerifierWorld.services(
            in: world.folder, store: world.store, clock: world.clock, audit: world.audit)
        #expect(try await again.challengeKeys.pinnedKeySet() == before)
    }

    @Test func changedOriginsAreAnnouncedWithANewKey() async throws {
        let world = try await VerifierWorld()
        let before = try await world.services.challengeKeys.pinnedKeySet()
        let again = try await VerifierWorld.services(
            in: world.folder, store: world.store, clock: world.clock, audit: world.audit
        ) { settings in settings.allowedOrigins = [] }
        let after = try await again.challengeKeys.pinnedKeySet()
        #expect(after.sequence == 2)
        #expect(after.allowedOrigins.map(\.description) == [VerifierWorld.issuer])
        #expect(try await again.challengeKeys.currentSigner().keyID != before.keys.first?.keyID)
        #expect(try await walk(before, in: world) == after)
    }

    @Test func aCopyOfTheDatabaseAloneIsWorthNothing() async throws {
        let world = try await VerifierWorld()
        await #expect(throws: KeyringError.cannotOpen) {
            let services = try await VerifierWorld.services(
                in: world.folder, store: world.store, clock: world.clock, audit: world.audit
            ) { $0.keyFilePath = world.folder.file("another.key") }
            _ = try await services.challengeKeys.currentSigner()
        }
    }

    @Test func rotationIsAudited() async throws {
        let world = try await VerifierWorld()
        try await world.services.challengeKeys.rotate()
        #expect(try world.audit.events(.keyRotation).count == 1)
    }
}
