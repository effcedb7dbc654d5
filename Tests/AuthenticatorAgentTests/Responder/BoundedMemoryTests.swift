// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Testing
import WireProtocol

@testable import AuthenticatorAgent

@Suite struct BoundedMemoryTests {
    private let origin = Origin("https://id.example.com")!

    private func use(_ number: Int) -> ChallengeUse { ChallengeUse(hash: "\(number)", origin: origin) }

    @Test func useIsOfOneChallengeAndOneOrigin() {
        let other = Origin("https://other.example.com")!
        #expect(ChallengeUse(hash: "a", origin: origin) == ChallengeUse(hash: "a", origin: origin))
        #expect(ChallengeUse(hash: "a", origin: origin) != ChallengeUse(hash: "b", origin: origin))
        #expect(ChallengeUse(hash: "a", origin: origin) != ChallengeUse(hash: "a", origin: other))
    }

    @Test func usedChallengeIsRememberedForAsLongAsItCounts() {
        let start = ContinuousClock.now
        var used = UsedChallenges(now: start)
        func record(_ number: Int, after seconds: Int) { _ = used.record(use(number), now: start + .seconds(seconds)) }
        record(1, after: 419)
        record(2, after: 421)
        #expect(used.contains(use(1)))
        record(3, after: 838)
        #expect(used.contains(use(1)) && used.contains(use(2)))
        record(4, after: 850)
        #expect(!used.contains(use(1)) && used.contains(use(2)))
        record(5, after: 5000)
        #expect(!used.contains(use(4)))
    }

    @Test func memoryOfUsedChallengesIsBounded() {
        let now = ContinuousClock.now
        var used = UsedChallenges(now: now)
        let results = (-1..<UsedChallenges.capacity).map { used.record(use($0), now: now) }
        #expect(results.dropLast().allSatisfy { $0 } && results.last == false)
        #expect(used.contains(use(0)))
    }

    @Test func withdrawnChallengeIsForgotten() {
        var used = UsedChallenges(now: .now)
        _ = used.record(use(1), now: .now)
        used.forget(use(1))
        #expect(!used.contains(use(1)))
    }

    @Test func answersAreRememberedForAWhileAndNotWithoutEnd() {
        let now = ContinuousClock.now
        var recent = RecentAnswers(window: .seconds(60))
        recent.record(.success, to: use(0), now: now)
        #expect(recent.answer(to: use(0), now: now + .seconds(59)) == .success)
        #expect(recent.answer(to: use(0), now: now + .seconds(61)) == nil)
        for number in 1...64 { recent.record(.success, to: use(number), now: now) }
        #expect(recent.answer(to: use(0), now: now) == nil)
        #expect(recent.answer(to: use(64), now: now) == .success)
    }

    @Test func bucketRefillsAndIsBounded() {
        let now = ContinuousClock.now
        var buckets = TokenBuckets<Int>(burst: 2, every: .seconds(10), capacity: 3)
        func take(_ key: Int, after seconds: Int) -> Bool { buckets.take(key, now: now + .seconds(seconds)) }
        let first = [take(1, after: 0), take(1, after: 0), take(1, after: 0), take(1, after: 9), take(1, after: 11)]
        #expect(first == [true, true, false, false, true])
        #expect(!buckets.allows(1, now: now + .seconds(11)))
        let others = [take(2, after: 11), take(3, after: 11), take(4, after: 11), take(4, after: 60)]
        #expect(others == [true, true, false, true])
    }

    @Test(arguments: [
        (UserVerificationRequirement?.none, UserMediation?.some(.none), true, ResponsePlan.silent),
        (.some(.none), .some(.none), true, .silent), (.discouraged, .some(.none), true, .silent),
        (.some(.none), .optional, true, .consent), (.discouraged, .required, false, .consent),
        (nil, nil, false, .consent),
        (.preferred, .some(.none), true, .verification), (.required, .required, true, .verification),
        (.preferred, .some(.none), false, .silent), (.preferred, .required, false, .consent),
        (.required, .some(.none), false, .withoutVerification), (.required, .required, false, .withoutVerification),
    ])
    func planFollowsTheChallenge(
        _ verification: UserVerificationRequirement?, _ mediation: UserMediation?, _ canVerify: Bool,
        _ expected: ResponsePlan
    ) throws {
        var claims = ChallengeClaims(
            issuer: "https://id.example.com", issuedAt: 0, tokenID: "", nonce: "", transactionID: "",
            organizationID: "",
            userID: "", verificationURI: "", userVerification: .none, userMediation: .none, signals: [], loginHint: nil,
            appInstanceName: nil, allowedOrigins: [])
        claims.userVerification = verification
        claims.userMediation = mediation
        let key = StoredKey(
            id: "k", kind: .tpm, purpose: .proofOfPossession, publicKey: try PrivateKey.generate(.es256).publicKey)
        for protection in [KeyProtection.any, .hardware] {
            claims.keyProtection = protection
            let plan = ResponsePlan(for: claims) { purpose, _ in
                purpose == .proofOfPossession || canVerify ? [key] : []
            }
            #expect(plan == expected)
        }
    }
}
