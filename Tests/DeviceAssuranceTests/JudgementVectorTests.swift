// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Languages
import Testing

/// Policies and devices as data: what each comes to, and what the person is told.
@Suite struct JudgementVectorTests {
    /// A policy and a device, with cases that change the device.
    struct Group: Decodable {
        struct Case: Decodable {
            var name: String?
            var change: [String: VectorJSON]?
            var providers: [String: [String: VectorJSON]]?
            var checks: [String: VectorJSON]?
            var now: String?
            var expect: String
            var keys: [String]?
            var parameters: [[String]]?
        }

        var name: String
        var policy: VectorJSON
        var signals: [String: VectorJSON]
        var feed: Bool?
        var documents: [VectorJSON]?
        var cases: [Case]
    }

    static let files = [
        "linux-versions", "linux-dynamic-versions", "disk-screen-hardware", "linux-conditions", "windows-versions",
        "other-platforms", "providers", "posture-checks", "whole-policies",
    ]
    private static let prefix = "idx.error.code.access_denied.device_assurance.remediation."

    @Test(arguments: files) func isJudgedAsTheVectorsSay(file: String) throws {
        for group in try VectorFiles.read([Group].self, "judgements/\(file).json") {
            let policy = try AssurancePolicy.decode(group.policy.bytes, name: group.name)
            for (index, vector) in group.cases.enumerated() {
                let judgement = try judge(group, policy, vector)
                let label = Comment("\(file), \(group.name), \(index): \(vector.name ?? "")")
                #expect(judgement.outcome.rawValue == vector.expect, label)
                #expect(judgement.remediations.map { Self.short($0.key) } == vector.keys ?? [], label)
                if let parameters = vector.parameters {
                    #expect(judgement.remediations.map(\.parameters) == parameters, label)
                }
                // Every key has a text of its own, with its places filled.
                #expect(judgement.remediations.allSatisfy { !$0.message.isEmpty && !$0.message.contains("{") }, label)
                #expect(judgement.remediations.allSatisfy { !$0.message.contains("a requirement (") }, label)
            }
        }
    }

    @Test(arguments: files) func whatTheVectorsTellIsSaidInGerman(file: String) throws {
        for group in try VectorFiles.read([Group].self, "judgements/\(file).json") {
            let policy = try AssurancePolicy.decode(group.policy.bytes, name: group.name)
            for (index, vector) in group.cases.enumerated() {
                for advice in try judge(group, policy, vector).remediations
                where !advice.key.hasPrefix(RemediationCustomization.keyPrefix) {
                    let german = advice.worded(in: .german).message
                    #expect(german != advice.message, "\(file), \(group.name), \(index)")
                    #expect(!german.contains("{"), "\(german)")
                }
            }
        }
    }

    private func judge(_ group: Group, _ policy: AssurancePolicy, _ vector: Group.Case) throws -> PolicyJudgement {
        let signals = group.signals.merging(vector.change ?? [:]) { _, new in new }
        let providers = try (vector.providers ?? [:]).map { name, facts in
            (try #require(SignalProvider(rawValue: name)), PostureSnapshot(vector: facts))
        }
        let evidence = DeviceEvidence(
            PostureSnapshot(vector: signals), providers: Dictionary(uniqueKeysWithValues: providers),
            postureChecks: (vector.checks ?? [:]).mapValues(\.checkResult))
        let checks = try (group.documents ?? []).map { try DevicePostureCheck.decode($0.bytes, name: "check") }
        let now = try #require(Timestamp(vector.now ?? "2026-06-02T00:00:00Z"))
        return AssuranceEvaluator.judge(
            policy, evidence,
            AssuranceContext(
                now: now.seconds, releaseFeed: group.feed == true ? try VectorFiles.feed() : nil,
                postureChecks: Dictionary(uniqueKeysWithValues: checks.map { ($0.variableName, $0) })))
    }

    /// A key without what all begin with; other keys with `=` before them.
    private static func short(_ key: String) -> String {
        key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : "=\(key)"
    }
}
