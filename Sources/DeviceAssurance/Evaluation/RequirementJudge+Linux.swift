// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension RequirementJudge {
    /// What Linux alone is asked for.
    var linux: [ConditionFinding] {
        let asked = policy.linux
        var findings: [ConditionFinding] = []
        if asked.requiresFirewall { findings.append(flag(.firewall, .firewall, "\(key).enable_firewall")) }
        if asked.requiresSecureBoot { findings.append(flag(.secureBoot, .secureBoot, "\(key).enable_secure_boot")) }
        if let updates = asked.securityUpdates {
            findings.append(finding(.securityUpdates, judge(updates)))
        }
        if asked.requiresAutomaticUpdates {
            findings.append(flag(.automaticUpdates, .automaticUpdates, "\(key).enable_automatic_updates"))
        }
        if !asked.mandatoryAccessControl.isEmpty {
            findings.append(finding(.mandatoryAccessControl, judgeAccessControl(asked.mandatoryAccessControl)))
        }
        if !asked.kernelLockdown.isEmpty {
            findings.append(finding(.kernelLockdown, judgeLockdown(asked.kernelLockdown)))
        }
        if let level = asked.minimumHSILevel { findings.append(finding(.hsiLevel, judgeHSI(level))) }
        if asked.forbidsAutoLogin {
            findings.append(flag(.autoLogin, .autoLogin, is: false, "\(key).disable_auto_login"))
        }
        if let protection = asked.endpointProtection {
            findings.append(finding(.endpointProtection, judge(protection)))
        }
        if asked.requiresManagement {
            findings.append(flag(.deviceManaged, .deviceManaged, "device.must.be.managed"))
        }
        return findings
    }

    /// Both what is pending and how old that knowledge is have to be known; one that is known to be wrong decides.
    private func judge(_ condition: LinuxConditions.SecurityUpdates) -> Remediation? {
        let pending = Reported(evidence.signals[.securityUpdatesPending], \.count)
        let age = Reported(evidence.signals[.securityUpdatesAge], \.count)
        if case .value(let count) = pending, count > condition.maximumPending ?? 0 {
            return advice("\(key).install_security_updates", [String(count)])
        }
        if case .value(let hours) = age, hours > condition.maximumAge.seconds / 3600 {
            return advice("\(key).refresh_security_updates", [String(hours)])
        }
        if case .nothing(let reason) = pending { return unknown(.securityUpdates, reason) }
        if case .nothing(let reason) = age { return unknown(.securityUpdates, reason) }
        return nil
    }

    private func judgeAccessControl(_ accepted: [LinuxConditions.AccessControl]) -> Remediation? {
        let reported = Reported(evidence.signals[.mandatoryAccessControl]) { value -> LinuxConditions.AccessControl?? in
            guard let text = value.text else { return nil }
            if text == "none" { return .some(nil) }
            return LinuxConditions.AccessControl(rawValue: text.uppercased()).map { .some($0) }
        }
        let verdict = reported.verdict { system in system.map { accepted.contains($0) } ?? false }
        return remediation(
            .mandatoryAccessControl, verdict,
            advice(
                "\(key).enable_mandatory_access_control", [accepted.map(\.rawValue).joined(separator: ", ")]))
    }

    private func judgeLockdown(_ accepted: [LinuxConditions.Lockdown]) -> Remediation? {
        let reported = Reported(evidence.signals[.kernelLockdown]) { value -> LinuxConditions.Lockdown?? in
            guard let text = value.text else { return nil }
            if text == "none" { return .some(nil) }
            return LinuxConditions.Lockdown(rawValue: text.uppercased()).map { .some($0) }
        }
        // Confidentiality keeps all that integrity keeps.
        let verdict = reported.verdict { mode in
            mode.map { accepted.contains($0) || $0 == .confidentiality } ?? false
        }
        let needed = accepted.contains(.integrity) ? "integrity" : "confidentiality"
        return remediation(.kernelLockdown, verdict, advice("\(key).enable_kernel_lockdown", [needed]))
    }

    private func judgeHSI(_ minimum: Int) -> Remediation? {
        let reported = Reported(evidence.signals[.hsiLevel]) { value in
            value.count.flatMap { (0...5).contains($0) ? $0 : nil }
        }
        let current = if case .value(let level) = reported { String(level) } else { "" }
        return remediation(
            .hsiLevel, reported.verdict { $0 >= minimum }, advice("\(key).raise_hsi_level", [String(minimum), current]))
    }

    /// One of the products has to be known to work as far as is asked for; one whose state is not understood may be that one.
    private func judge(_ condition: LinuxConditions.EndpointProtection) -> Remediation? {
        let needed = condition.state ?? .running
        let reported = Reported(evidence.signals[.endpointProtection], \.texts)
        guard case .value(let entries) = reported else {
            return remediation(.endpointProtection, reported.verdict { _ in false }, advice(""))
        }
        var unclear: String?
        for entry in entries {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard condition.products.contains(String(parts[0])) else { continue }
            guard parts.count == 2,
                let state = LinuxConditions.EndpointProtection.State(rawValue: parts[1].uppercased())
            else {
                unclear = String(parts[0])
                continue
            }
            if state >= needed { return nil }
        }
        if let unclear { return unknown(.endpointProtection, .reason(.stateNotUnderstood, unclear)) }
        return advice(
            "\(key).use_endpoint_protection",
            filledWith: [
                .verbatim(condition.products.joined(separator: ", ")),
                .words("word.endpoint_protection.\(needed.rawValue.lowercased())"),
            ])
    }
}
