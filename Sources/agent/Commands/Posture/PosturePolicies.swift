// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import DevicePosture
internal import DeviceSignals
internal import FoundationEssentials
internal import Pinentry

/// Device assurance policies to judge by before a sign-in does.
struct PosturePolicies {
    /// The longest file that is read, in bytes.
    private static let limit = 64 * 1024
    private let policies: [AssurancePolicy]

    init(files: [String]) throws(CommandFailure) {
        var named: [(name: String, bytes: [UInt8])] = []
        for file in files {
            do throws(ReadFailure) {
                named.append((file, try SystemView.live.read(file, limit: Self.limit)))
            } catch {
                throw CommandFailure("the policy '\(DisplayText(file, limit: 200))' \(error.predicate)")
            }
        }
        do throws(AssurancePolicyError) { policies = try AssurancePolicy.decodeAll(named) } catch {
            throw CommandFailure("\(error)", hint: "docs/assurance.md tells what a policy may state")
        }
    }

    /// What the policies say of a posture; `nil` without policies.
    func judge(_ posture: Posture) -> PostureVerdict? {
        guard !policies.isEmpty else { return nil }
        let now = Int64(Date.now.timeIntervalSince1970)
        return PostureVerdict(AssuranceEvaluator.evaluate(policies, posture.snapshot, now: now), policies)
    }
}

/// Whether a device would be let in, and what is missing.
struct PostureVerdict: Encodable {
    /// A condition that is not met.
    struct Item: Encodable {
        let policy: String
        let outcome: String
        let message: String
    }

    let verdict: String
    let graceUntil: Int64?
    let items: [Item]

    init(_ result: AssuranceResult, _ policies: [AssurancePolicy]) {
        switch result.verdict {
        case .compliant: (verdict, graceUntil) = ("compliant", nil)
        case .inGracePeriod(let until, _): (verdict, graceUntil) = ("inGracePeriod", until)
        case .notCompliant: (verdict, graceUntil) = ("notCompliant", nil)
        }
        // What a policy hides from people who sign in is the person's own device here: all of it is shown.
        items = result.failures.flatMap { failure in
            let name = policies.first { $0.id == failure.policyID }?.name ?? failure.policyID
            return failure.remediations.map {
                Item(policy: name, outcome: $0.outcome == .notMet ? "notMet" : "indeterminate", message: $0.message)
            }
        }
    }

    /// Whether the device would be let in now.
    var isMet: Bool { verdict != "notCompliant" }

    func print() {
        switch verdict {
        case "compliant": Console.print(Style.good.apply("This device meets the policy."))
        case "inGracePeriod":
            Console.print(
                Style.warning.apply("This device does not meet the policy, whose grace period lets it in for now."))
        default: Console.print(Style.error.apply("This device does not meet the policy."))
        }
        for item in items {
            let mark = item.outcome == "notMet" ? "not met" : "not known"
            Console.print("  \(DisplayText(item.policy, limit: 60)): \(mark): \(DisplayText(item.message, limit: 300))")
        }
    }
}
