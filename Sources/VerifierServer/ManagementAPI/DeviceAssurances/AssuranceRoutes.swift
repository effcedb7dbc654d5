// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/device-assurances` and `/api/v1/device-posture-checks`.
struct AssuranceRoutes: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        DocumentRoutes(
            gate: gate, document: AssuranceDocument.self, path: "device-assurances", resource: .deviceAssurance,
            isShown: Self.isKnown, check: Self.checkRoom, user: Self.ruleThatNames
        ).add(to: router)
        gate.on(router, .get, "/device-posture-checks/default", .devicePostureChecks) { _ in
            // Okta's own checks are questions of osquery to macOS and Windows; there are none here.
            ManagementAnswer(value: [])
        }
        DocumentRoutes(
            gate: gate, document: PostureCheckDocument.self, path: "device-posture-checks",
            resource: .devicePostureChecks, isShown: Self.isKnown, check: Self.checkRoom,
            user: Self.policyThatNames
        ).add(to: router)
    }

    /// Whether Okta's models know the platform of a document (docs/decisions: LINUX beside Okta's platforms).
    private static func isKnown(_ value: ResourceValue) -> Bool { value["platform"]?.text != "LINUX" }

    /// Refuses more checks for Linux than challenges have room for: what is left out of a challenge nobody can meet.
    private static func checkRoom(_ call: ManagementCall, in reader: any StoreReader) throws {
        let set = try call.services.policies.policies(in: reader)
        guard set.namedPostureChecks == set.requestedPostureChecks else {
            throw ManagementError.validation(
                "devicePostureChecks",
                [
                    "devicePostureChecks: the checks for Linux that policies name would be more than "
                        + "\(PostureCheckRequest.maximumCount), or longer together than \(PolicySet.mostCheckBytes) bytes"
                ])
        }
    }

    /// The rule by whose conditions a device assurance policy is asked.
    private static func ruleThatNames(_ record: DocumentRecord, in reader: any StoreReader) throws -> String? {
        for policy in try DocumentRecords.all(.policy, in: reader) {
            for rule in try DocumentRecords.all(.rule, parentID: policy.id, in: reader) {
                let named = try rule.content["conditions"]?["device"]?["assurance"]?["include"]?.elements ?? []
                if named.contains(.string(record.id)) { return "the rule '\(rule.name)' of '\(policy.name)'" }
            }
        }
        return nil
    }

    /// The device assurance policy that asks for a check.
    private static func policyThatNames(_ record: DocumentRecord, in reader: any StoreReader) throws -> String? {
        for policy in try DocumentRecords.all(.deviceAssurance, in: reader) {
            let named = try policy.content["devicePostureChecks"]?["include"]?.elements ?? []
            if named.contains(where: { $0["variableName"]?.text == record.name }) {
                return "the device assurance policy '\(policy.name)'"
            }
        }
        return nil
    }
}
