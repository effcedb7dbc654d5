// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@testable import VerifierServer

@Suite struct AttestationChallengesTests {
    private static let request = "request-0123456789"
    private let folder: TemporaryFolder
    private let challenges: AttestationChallenges

    init() throws {
        folder = try TemporaryFolder()
        challenges = AttestationChallenges(sealing: try SealingKey(path: folder.file("key")))
    }

    @Test(arguments: [(0, true), (600, true), (601, false), (-1, false)] as [(Int64, Bool)])
    func itCountsForTenMinutes(later: Int64, counts: Bool) throws {
        let challenge = try challenges.make(requestID: Self.request, now: 1000)
        #expect(challenge.count == 32)
        #expect(try challenges.accepts(challenge, requestID: Self.request, now: 1000 + later) == counts)
    }

    @Test func itCountsForItsRequestAlone() throws {
        let challenge = try challenges.make(requestID: Self.request, now: 1000)
        #expect(try !challenges.accepts(challenge, requestID: Self.request + "0", now: 1000))
    }

    @Test func aChangedByteIsNoticed() throws {
        let challenge = try challenges.make(requestID: Self.request, now: 1000)
        for index in challenge.indices {
            var changed = challenge
            changed[index] ^= 1
            #expect(try !challenges.accepts(changed, requestID: Self.request, now: 1000), "byte \(index)")
        }
        #expect(try !challenges.accepts(Array(challenge.dropLast()), requestID: Self.request, now: 1000))
        #expect(try !challenges.accepts(challenge + [0], requestID: Self.request, now: 1000))
        #expect(try !challenges.accepts([], requestID: Self.request, now: 1000))
    }

    @Test func anotherVerifiersChallengeDoesNotCount() throws {
        let other = AttestationChallenges(sealing: try SealingKey(path: folder.file("other")))
        let challenge = try other.make(requestID: Self.request, now: 1000)
        #expect(try !challenges.accepts(challenge, requestID: Self.request, now: 1000))
    }

    @Test func noTwoAreTheSameAndEachHasItsOwnSecret() throws {
        let first = try challenges.make(requestID: Self.request, now: 1000)
        let second = try challenges.make(requestID: Self.request, now: 1000)
        #expect(first != second)
        let secrets = try [first, second].map { challenge in
            try challenges.activationSecret(for: challenge).withUnsafeBytes { Array($0) }
        }
        #expect(secrets[0] != secrets[1] && secrets[0].count == 32)
    }
}
