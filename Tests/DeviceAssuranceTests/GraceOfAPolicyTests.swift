// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Testing

@Suite struct GraceOfAPolicyTests {
    private static let start: Int64 = 1_750_000_000
    private static let day: Int64 = 86400

    private static func policy(_ id: String = "p", grace: String?) throws -> AssurancePolicy {
        var policy = AssurancePolicy(id: id, name: id)
        policy.secureHardwarePresent = true
        if let grace { policy.gracePeriod = .byDuration(try #require(ISO8601Duration(grace))) }
        return policy
    }

    private static func device(hasTPM: Bool?) -> PostureSnapshot {
        PostureSnapshot([
            .platform: SignalReading(.known(.string("LINUX")), source: "t", collectedAt: 0),
            .secureHardwarePresent: SignalReading(
                hasTPM.map { .known(.boolean($0)) } ?? .unknown(reason: "r"), source: "t", collectedAt: 0),
        ])
    }

    private func until(_ result: AssuranceResult) -> Int64? {
        if case .inGracePeriod(let until, _) = result.verdict { until } else { nil }
    }

    @Test(arguments: [true, false] as [Bool])
    func runsFromTheFirstFailureToItsEnd(isKnown: Bool) throws {
        let policies = [try Self.policy(grace: "P7D")]
        let device = Self.device(hasTPM: isKnown ? false : nil)
        let first = AssuranceEvaluator.evaluate(policies, device, now: Self.start)
        #expect(until(first) == Self.start + 7 * Self.day)
        #expect(first.firstNonCompliant == ["p": Self.start])
        let last = AssuranceEvaluator.evaluate(
            policies, device, now: Self.start + 7 * Self.day - 1, firstNonCompliant: first.firstNonCompliant)
        #expect(until(last) == Self.start + 7 * Self.day)
        let over = AssuranceEvaluator.evaluate(
            policies, device, now: Self.start + 7 * Self.day, firstNonCompliant: last.firstNonCompliant)
        guard case .notCompliant = over.verdict else {
            Issue.record("the period did not end")
            return
        }
        #expect(over.firstNonCompliant == ["p": Self.start])
    }

    @Test func startsAnewAfterThePolicyWasMet() throws {
        let policies = [try Self.policy(grace: "P7D")]
        let met = AssuranceEvaluator.evaluate(
            policies, Self.device(hasTPM: true), now: Self.start, firstNonCompliant: ["p": 1])
        #expect(met.verdict == .compliant && met.firstNonCompliant.isEmpty)
        let later = AssuranceEvaluator.evaluate(
            policies, Self.device(hasTPM: false), now: Self.start, firstNonCompliant: met.firstNonCompliant)
        #expect(until(later) == Self.start + 7 * Self.day)
    }

    @Test func aStartInTheFutureLengthensNothing() throws {
        let result = AssuranceEvaluator.evaluate(
            [try Self.policy(grace: "P1D")], Self.device(hasTPM: false), now: Self.start,
            firstNonCompliant: ["p": Self.start + 1000 * Self.day])
        #expect(until(result) == Self.start + Self.day)
        #expect(result.firstNonCompliant == ["p": Self.start])
    }

    @Test func aFixedTimeIsTheSameForEveryDevice() throws {
        var policy = try Self.policy(grace: nil)
        policy.gracePeriod = .byDateTime(try #require(Timestamp("2026-01-01T00:00:00Z")))
        let end: Int64 = 1_767_225_600
        let device = Self.device(hasTPM: false)
        #expect(until(AssuranceEvaluator.evaluate([policy], device, now: end - 1, firstNonCompliant: ["p": 1])) == end)
        #expect(until(AssuranceEvaluator.evaluate([policy], device, now: end, firstNonCompliant: ["p": 1])) == nil)
    }

    @Test func theLongestPeriodOfSeveralPoliciesCounts() throws {
        let policies = [
            try Self.policy("a", grace: "P1D"), try Self.policy("b", grace: "P3D"), try Self.policy("c", grace: nil),
        ]
        let result = AssuranceEvaluator.evaluate(policies, Self.device(hasTPM: false), now: Self.start)
        #expect(until(result) == Self.start + 3 * Self.day)
        #expect(Set(result.firstNonCompliant.keys) == ["a", "b", "c"])
    }

    @Test func aDurationOfNothingIsNoPeriod() throws {
        let result = AssuranceEvaluator.evaluate(
            [try Self.policy(grace: "P0D")], Self.device(hasTPM: false), now: Self.start)
        #expect(until(result) == nil)
    }

    @Test func forgetsPoliciesThatAreGone() throws {
        let result = AssuranceEvaluator.evaluate(
            [try Self.policy(grace: nil)], Self.device(hasTPM: false), now: Self.start, firstNonCompliant: ["old": 1])
        #expect(result.firstNonCompliant == ["p": Self.start])
    }
}
