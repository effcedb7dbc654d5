// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Testing

/// Sequences of judgements of one device by one policy, with what is kept between them.
@Suite struct GraceVectorTests {
    struct Sequence: Decodable {
        struct Step: Decodable {
            var at: String
            var device: String
            var expect: String
            var until: String?
            var since: String?
        }

        var name: String
        var gracePeriod: VectorJSON?
        var steps: [Step]
    }

    private static let devices: [String: [String: VectorJSON]] = [
        "good": ["platform": .text("LINUX"), "secureHardwarePresent": .boolean(true)],
        "bad": ["platform": .text("LINUX"), "secureHardwarePresent": .boolean(false)],
        "unknown": ["platform": .text("LINUX")],
        "other": ["platform": .text("WINDOWS"), "secureHardwarePresent": .boolean(true)],
        "nothing": [:],
    ]

    @Test func periodsBeginEndAndBeginAnew() throws {
        for sequence in try VectorFiles.read([Sequence].self, "grace.json") {
            var document: [String: VectorJSON] = [
                "name": .text("p"), "platform": .text("LINUX"), "secureHardwarePresent": .boolean(true),
            ]
            document["gracePeriod"] = sequence.gracePeriod
            let policy = try AssurancePolicy.decode(VectorJSON.object(document).bytes, name: sequence.name)
            var kept: [String: Int64] = [:]
            for step in sequence.steps {
                let device = try #require(Self.devices[step.device])
                let now = try #require(Timestamp(step.at)).seconds
                let judgement = AssuranceEvaluator.judge(
                    policy, DeviceEvidence(PostureSnapshot(vector: device)),
                    AssuranceContext(now: now, firstNonCompliant: kept))
                kept = NonCompliance.after([judgement], before: kept, policyIDs: ["p"])
                let label = Comment(rawValue: "\(sequence.name), \(step.at)")
                let (expect, until) = Self.words(AssuranceResult([judgement]).verdict)
                #expect(expect == step.expect, label)
                #expect(until == (try step.until.map { try #require(Timestamp($0)).seconds }), label)
                #expect(kept["p"] == (try step.since.map { try #require(Timestamp($0)).seconds }), label)
                #expect(judgement.admits == (step.expect != "denied"), label)
            }
        }
    }

    private static func words(_ verdict: AssuranceResult.Verdict) -> (String, Int64?) {
        switch verdict {
        case .compliant: ("compliant", nil)
        case .inGracePeriod(let until, _): ("grace", until)
        case .notCompliant: ("denied", nil)
        }
    }

    @Test func whatWasNotJudgedStaysAsItWas() {
        let met = PolicyJudgement(
            policyID: "a", isOfPlatform: true, findings: [], displayRemediationMode: .show, firstNonCompliant: nil,
            graceUntil: nil)
        let before: [String: Int64] = ["a": 1, "b": 2, "gone": 3]
        #expect(NonCompliance.after([met], before: before, policyIDs: ["a", "b"]) == ["b": 2])
        #expect(NonCompliance.after([], before: before, policyIDs: ["a", "b"]) == ["a": 1, "b": 2])
    }
}
