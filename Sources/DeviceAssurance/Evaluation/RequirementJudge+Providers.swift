// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension RequirementJudge {
    /// What other providers are asked for, by the names of their members.
    var providers: [ConditionFinding] {
        policy.thirdPartySignalProviders.flatMap { conditions in
            conditions.provider.members(of: policy.platform).sorted { $0.name < $1.name }.compactMap { member in
                conditions.values[member.name].map { judge($0, member, of: conditions.provider) }
            }
        }
    }

    private func judge(
        _ wanted: ProviderConditions.Value, _ member: SignalProvider.Member, of provider: SignalProvider
    ) -> ConditionFinding {
        let condition = AssuranceCondition.provider(provider, member.name)
        // What asks for nothing: the app may stay at an older major version.
        if member.name == "requireMajorVersionUpdate", wanted == .boolean(false) { return finding(condition, nil) }
        let reported: Reported<Bool>
        if provider == .deviceTrustConnector, evidence.hasAgent,
            let name = ProviderConditions.overridingSignal(member.name)
        {
            // Where the agent reports, its word stands, also where it is that it does not know.
            reported = Reported(evidence.signals[name]) { Self.isMet(wanted, byAgent: $0, name) }
        } else {
            reported = Reported(evidence.providers[provider]?[SignalName(rawValue: member.name)]) {
                Self.isMet(wanted, by: $0, member.kind)
            }
        }
        let (key, parameters) = Self.key(provider, member.name, wanted, policy.platform)
        return finding(condition, remediation(condition, reported.verdict { $0 }, advice(key, parameters)))
    }

    /// Whether a provider's own fact meets what is asked for; `nil` where it is not understood.
    private static func isMet(
        _ wanted: ProviderConditions.Value, by value: SignalValue, _ kind: SignalProvider.Member.Kind
    ) -> Bool? {
        switch (wanted, kind) {
        case (.boolean(let wanted), .boolean): return value.flag.map { $0 == wanted }
        case (.string(let wanted), .text): return value.text.map { $0 == wanted }
        case (.minimum(let wanted), .version): return value.version.map { $0 >= wanted }
        case (.string(let wanted), .choice(let known)):
            guard let text = value.text, known.contains(text) else { return nil }
            return text == wanted
        case (.string(let wanted), .level(let known)):
            guard let text = value.text, let level = known.firstIndex(of: text),
                let least = known.firstIndex(of: wanted)
            else { return nil }
            return level >= least
        default: return nil
        }
    }

    /// Whether the agent's signal meets what is asked of the connector; `nil` where it is not understood.
    private static func isMet(
        _ wanted: ProviderConditions.Value, byAgent value: SignalValue, _ name: SignalName
    ) -> Bool? {
        switch (wanted, name) {
        case (.minimum(let wanted), .osVersion): return value.version.map { $0 >= wanted }
        case (.boolean(let wanted), .screenLockType):
            guard let type = value.text.flatMap(ScreenLockType.init(rawValue:)) else { return nil }
            return (type != .none) == wanted
        case (.boolean(let wanted), .diskEncryptionType):
            guard let type = value.text.flatMap(DiskEncryptionType.init(rawValue:)) else { return nil }
            return [.full, .user, .allInternalVolumes].contains(type) == wanted
        default: return nil
        }
    }

    private static func key(
        _ provider: SignalProvider, _ member: String, _ wanted: ProviderConditions.Value, _ platform: DevicePlatform
    ) -> (String, [String]) {
        let parameters: [String] =
            switch wanted {
            case .minimum(let version): [version.description]
            case .string(let text): [text]
            case .boolean: []
            }
        switch (provider, member) {
        case (.devicePostureIdP, "managed"):
            return (wanted == .boolean(true) ? "device.must.be.managed" : "device.must.not.be.managed", [])
        case (.devicePostureIdP, _):
            return (wanted == .boolean(true) ? "device.must.be.compliant" : "device.must.not.be.compliant", [])
        case (.androidDeviceTrust, _): return ("android.zero.trust.\(member.snakeCase)", parameters)
        case (.deviceTrustConnector, "antivirusEnabled"): return ("chrome.antivirus", [])
        case (.deviceTrustConnector, "browserVersion"): return ("chrome.upgrade_browser_version", parameters)
        case (.deviceTrustConnector, "keyTrustLevel") where platform == .chromeOS:
            let isVerified = wanted == .string("CHROME_OS_VERIFIED_MODE")
            return ("chrome.chromeos.key_trust_level.\(isVerified ? "verified" : "developer")_mode", [])
        case (.deviceTrustConnector, "osVersion"):
            let isChromeOS = platform == .chromeOS
            return (
                isChromeOS ? "chrome.chromeos.upgrade_os_version" : "\(platform.key).upgrade_os_version", parameters
            )
        case (.deviceTrustConnector, _): return ("chrome.\(member.snakeCase)", parameters)
        }
    }

    // MARK: - The administrator's own checks

    /// What the administrator's own checks come to.
    var checks: [ConditionFinding] {
        policy.devicePostureChecks.map { finding(.postureCheck($0.variableName), judge($0)) }
    }

    private func judge(_ wanted: PostureCheckCondition) -> Remediation? {
        // Without the check's document nobody can tell what its result says.
        guard let check = context.postureChecks[wanted.variableName] else {
            return unknown(.postureCheck(wanted.variableName), .reason(.noSuchCheck))
        }
        if check.platform != policy.platform {
            return unknown(
                .postureCheck(wanted.variableName), .reason(.checkOfOtherPlatform, check.platform.title))
        }
        switch evidence.postureChecks[wanted.variableName] {
        // Letter by letter: texts that only look the same are not.
        case .known(let value) where value.utf8.elementsEqual(wanted.value.utf8): return nil
        case .known: return advice(wanted, check)
        case .timedOut: return .advice("osquery.timeout", [wanted.variableName], outcome: .indeterminate)
        case .unknown(let reason): return unknown(.postureCheck(wanted.variableName), .verbatim(reason))
        case nil: return unknown(.postureCheck(wanted.variableName), .reason(.notReported))
        }
    }

    /// The advice that the check's document has: its own text, one that comes with the product, or none.
    private func advice(_ wanted: PostureCheckCondition, _ check: DevicePostureCheck?) -> Remediation {
        let links = check?.link.text.map { [Remediation.Link(url: $0)] } ?? []
        let name = check?.name ?? wanted.variableName
        switch check?.message {
        case .custom(let text):
            return Remediation(
                key: "\(RemediationCustomization.keyPrefix)\(policy.platform.rawValue).\(wanted.variableName)",
                message: text, outcome: .notMet, links: links)
        case .builtIn(let key):
            return Remediation(
                key: key, parameters: [name],
                message: RemediationTexts.shipped.message("osquery.check", [name], distribution: nil), outcome: .notMet,
                links: links)
        case nil, .nothing:
            var remediation = Remediation.advice("osquery.check", [name], links: links)
            remediation.isActionable = !links.isEmpty
            return remediation
        }
    }
}
