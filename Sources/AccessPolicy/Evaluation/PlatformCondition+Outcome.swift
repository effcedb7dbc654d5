// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension PlatformCondition {
    /// Whether a device is of one of the platforms.
    func outcome(for device: AccessRequest.Device) -> ConditionOutcome {
        let excluded = ConditionOutcome.any(exclude) { $0.outcome(for: device) }
        let included = include.isEmpty ? .match : ConditionOutcome.any(include) { $0.outcome(for: device) }
        return excluded.negated.and(included)
    }
}

extension PlatformCondition.Platform {
    fileprivate func outcome(for device: AccessRequest.Device) -> ConditionOutcome {
        let type: ConditionOutcome =
            self.type == .any
            ? .match
            : ConditionOutcome(
                device.type.map { $0 == self.type }, orUndecided: "the kind of the device is not known")
        guard let system else { return type }
        return type.and(system.outcome(for: device))
    }
}

extension PlatformCondition.OperatingSystem {
    fileprivate func outcome(for device: AccessRequest.Device) -> ConditionOutcome {
        var outcome: ConditionOutcome =
            type == .any
            ? .match
            : ConditionOutcome(
                device.system.map { $0 == type }, orUndecided: "the operating system of the device is not known")
        if expression != nil {
            outcome = outcome.and(.undecided("what os.expression is matched against is not published"))
        }
        if let version { outcome = outcome.and(version.outcome(for: device.systemVersion)) }
        return outcome
    }
}

extension PlatformCondition.Version {
    fileprivate func outcome(for version: DottedVersion?) -> ConditionOutcome {
        guard matchType == .semantic, let wanted = DottedVersion(value) else {
            return .undecided("how versions are compared with \"\(value)\" is not published")
        }
        guard let version else { return .undecided("the version of the operating system is not known") }
        let padding = Array(repeating: 0, count: max(0, wanted.components.count - version.components.count))
        return ConditionOutcome((version.components + padding).starts(with: wanted.components))
    }
}
