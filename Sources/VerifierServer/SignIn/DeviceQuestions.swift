// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import DeviceSignals
internal import WireProtocol

/// What a challenge asks of a device.
struct DeviceQuestions: Sendable {
    /// The signals.
    var signals: [SignalName] = []
    /// The organisation's own checks.
    var checks: [PostureCheckRequest] = []
    /// The other programs whose signals are asked for.
    var providers: [String] = []
}

extension PolicySet {
    /// The most bytes of JSON that checks may make in a challenge, which is at most 64 KiB long.
    static let mostCheckBytes = 40 * 1024

    /// The checks for Linux that policies name.
    var namedPostureChecks: [PostureCheckRequest] { Self.named(by: assurancePolicies, in: assuranceContext) }

    static func named(by policies: [AssurancePolicy], in context: AssuranceContext) -> [PostureCheckRequest] {
        let names = Set(policies.flatMap(\.devicePostureChecks).map(\.variableName))
        return names.sorted().compactMap { name in
            guard let check = context.postureChecks[name], check.platform == .linux else { return nil }
            return PostureCheckRequest(variableName: name, query: check.query)
        }
    }

    /// Of checks as many as a challenge has room for; what is left out is not answered, and so not met.
    static func fitting(_ checks: [PostureCheckRequest]) -> [PostureCheckRequest] {
        var room = mostCheckBytes
        return checks.filter { check in
            room -= (try? JSON.encode(check).count) ?? room + 1
            return room >= 0
        }.prefix(PostureCheckRequest.maximumCount).map(\.self)
    }
}
