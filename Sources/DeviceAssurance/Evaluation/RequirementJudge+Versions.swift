// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension RequirementJudge {
    /// Judges the version of the operating system.
    func judgeVersion() -> Remediation? {
        switch policy.platform {
        case .linux where !policy.osVersionConstraints.isEmpty: judgeDistribution()
        case .windows where !policy.osVersionConstraints.isEmpty: judgeWindows()
        default: policy.osVersion.flatMap { judge($0, isOfDistribution: nil) }
        }
    }

    private func judgeDistribution() -> Remediation? {
        switch Reported(evidence.signals[.osName], \.text) {
        case .nothing(let reason): return unknown(.osVersion, reason)
        case .value(let name):
            guard let constraint = policy.osVersionConstraints.first(where: { $0.distribution == name }) else {
                return otherSystem()
            }
            return constraint.requirement.flatMap { judge($0, isOfDistribution: name) }
        }
    }

    /// Windows by its major version; a major version that no constraint names is accepted, what is older than Windows 10 is not.
    private func judgeWindows() -> Remediation? {
        switch Reported(evidence.signals[.osVersion], \.version) {
        case .nothing(let reason): return unknown(.osVersion, reason)
        case .value(let version):
            let parts = version.components
            guard parts[0] >= 10 else { return otherSystem() }
            guard parts.count >= 3 else {
                return unknown(.osVersion, .reason(.noBuild))
            }
            let major: OSVersionConstraint.WindowsMajor =
                parts[0] > 10 || parts[2] >= ReleaseFeed.firstBuildOfWindows11 ? .windows11 : .windows10
            guard let constraint = policy.osVersionConstraints.first(where: { $0.subject == .windows(major) }),
                let requirement = constraint.requirement
            else { return nil }
            return judge(requirement, isOfDistribution: nil, windows: major)
        }
    }

    private func judge(
        _ requirement: OSVersionRequirement, isOfDistribution name: String?,
        windows: OSVersionConstraint.WindowsMajor? = nil
    ) -> Remediation? {
        switch requirement {
        case .dynamic(let dynamic): return judge(dynamic, name, windows)
        case .minimum(let minimum):
            let reported = Reported(evidence.signals[.osVersion], \.version)
            let verdict = reported.verdict { $0 >= minimum }
            var current = ""
            if case .value(let version) = reported { current = version.description }
            return remediation(
                .osVersion, verdict, advice("\(key).upgrade_os_version.at_least", [minimum.description, current]))
        }
    }

    /// None of the systems that the constraints name, or one that they exclude.
    private func otherSystem() -> Remediation {
        let accepted = policy.osVersionConstraints.filter { $0.requirement?.dynamic?.kind != .notAllowed }
        return advice("\(key).upgrade_os_version.one_of_the_following", [accepted.map(words).joined(separator: ", ")])
    }

    private func words(_ constraint: OSVersionConstraint) -> String {
        let name: String
        switch constraint.subject {
        case .distribution(let id):
            name = context.releaseFeed?.operatingSystem(.linux, distribution: id)?.name ?? id
        case .windows(.windows10): name = "Windows 10"
        case .windows(.windows11): name = "Windows 11"
        }
        if case .minimum(let version) = constraint.requirement { return "\(name) \(version)" }
        return name
    }

    // MARK: - By the release feed

    private func judge(
        _ requirement: DynamicVersionRequirement, _ name: String?, _ windows: OSVersionConstraint.WindowsMajor?
    ) -> Remediation? {
        if requirement.kind == .notAllowed { return otherSystem() }
        switch releases(of: name, windows) {
        case .nothing(let reason): return unknown(.osVersion, reason)
        case .value(let system):
            if system.isRolling { return requirement.latestSecurityPatch == true ? judgePatch(system, nil) : nil }
            switch Reported(evidence.signals[.osVersion], \.version) {
            case .nothing(let reason): return unknown(.osVersion, reason)
            case .value(let version):
                let answer = system.judge(version, by: requirement.kind, now: context.now)
                if let remediation = remediation(answer, requirement.kind) { return remediation }
                return requirement.latestSecurityPatch == true ? judgePatch(system, version) : nil
            }
        }
    }

    /// The releases to judge by.
    private func releases(
        of distribution: String?, _ windows: OSVersionConstraint.WindowsMajor?
    ) -> Reported<ReleaseFeed.OperatingSystem> {
        guard let feed = context.releaseFeed else { return .nothing(.reason(.noReleaseFeed)) }
        if let end = feed.expiresAt, end <= context.now { return .nothing(.reason(.releaseFeedExpired)) }
        var name = distribution
        if policy.platform == .linux, name == nil {
            switch Reported(evidence.signals[.osName], \.text) {
            case .nothing(let reason): return .nothing(reason)
            case .value(let id): name = id
            }
        }
        guard var system = feed.operatingSystem(policy.platform, distribution: name) else {
            return .nothing(.reason(.systemNotInFeed, name ?? policy.platform.title))
        }
        if let windows { system.releases.removeAll { ReleaseFeed.windowsMajor($0.osVersion) != windows } }
        return .value(system)
    }

    private func remediation(
        _ answer: ReleaseFeed.OperatingSystem.Answer, _ kind: DynamicVersionRequirement.Kind
    ) -> Remediation? {
        switch (answer, kind) {
        case (.met, _): nil
        case (.unknown(let reason), _): unknown(.osVersion, reason)
        case (.notMet(let names), .minimum):
            advice("\(key).upgrade_os_version.at_least", [names.last ?? "", ""])
        case (.notMet(let names), _) where names.count == 1:
            advice("\(key).upgrade_os_version.exactly", names)
        case (.notMet(let names), _):
            advice("\(key).upgrade_os_version.exactly_one_of_the_following", [names.joined(separator: ", ")])
        }
    }

    /// The latest security patch: on Linux that no security update is pending, elsewhere the feed's version of the release.
    private func judgePatch(_ system: ReleaseFeed.OperatingSystem, _ version: DottedVersion?) -> Remediation? {
        guard policy.platform != .linux, let version else {
            let pending = Reported(evidence.signals[.securityUpdatesPending], \.count)
            let count = if case .value(let count) = pending { String(count) } else { "" }
            return remediation(
                .osVersion, pending.verdict { $0 == 0 }, advice("\(key).install_security_updates", [count]))
        }
        switch system.judgePatch(version) {
        case .met: return nil
        case .unknown(let reason): return unknown(.osVersion, reason)
        case .notMet(let names):
            return advice("\(key).upgrade_os_version.at_least", [names.first ?? "", version.description])
        }
    }
}

extension ReleaseFeed {
    /// The build from which on Windows calls itself 11, though its version begins with 10.0.
    static let firstBuildOfWindows11 = 22000

    /// The major version of Windows that a release belongs to.
    static func windowsMajor(_ version: DottedVersion) -> OSVersionConstraint.WindowsMajor? {
        guard version.components.count >= 3, version.components[0] >= 10 else { return nil }
        return version.components[0] > 10 || version.components[2] >= firstBuildOfWindows11 ? .windows11 : .windows10
    }
}
