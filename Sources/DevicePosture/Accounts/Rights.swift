// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `privilegedGroups`, `administrator` and `sudoWithoutPassword`: what the person may do on this machine.
struct RightsCollector: SignalCollector {
    package var signals: [SignalName] { [.privilegedGroups, .administrator, .sudoWithoutPassword] }
    package var mayWait: Bool { false }

    private static let needsHelper =
        "which rules of sudo are about this user cannot be read; it needs the posture helper"

    package func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        let groups: PersonsGroups
        do throws(ReadFailure) {
            groups = try PersonsGroups(in: system)
        } catch {
            let finding = Finding.unknown(
                error == .malformed
                    ? "/etc/passwd and /etc/group do not know this user"
                    : "/etc/passwd or /etc/group \(error.predicate)",
                source: "/etc/group")
            return Dictionary(uniqueKeysWithValues: signals.map { ($0, system.reading(of: finding)) })
        }
        var findings: [SignalName: Finding] = [:]
        if requested.contains(.privilegedGroups) { findings[.privilegedGroups] = privilegedGroups(groups) }
        if requested.contains(.administrator) || requested.contains(.sudoWithoutPassword) {
            let sudo = Sudo.find(for: groups, in: system)
            findings[.administrator] = administrator(groups, sudo, system)
            findings[.sudoWithoutPassword] = withoutPassword(sudo, system)
        }
        return findings.mapValues { system.reading(of: $0) }
    }

    private func privilegedGroups(_ groups: PersonsGroups) -> Finding {
        var evidence: [String] = []
        let equal = groups.privileged.filter(PrivilegedGroup.equalToRoot.contains)
        if !equal.isEmpty { evidence.append("as good as root: \(equal.joined(separator: ", "))") }
        if groups.unnamed > 0 { evidence.append("groups that /etc/group does not name: \(groups.unnamed)") }
        return Finding(.known(.strings(groups.privileged)), source: "/etc/group", evidence: evidence)
    }

    /// Whether the person may become root.
    func administrator(_ groups: PersonsGroups, _ sudo: Sudo, _ system: SystemView) -> Finding {
        if system.userID == 0 { return .known(true, source: "/etc/passwd", evidence: ["this user is root"]) }
        let equal = groups.privileged.filter(PrivilegedGroup.equalToRoot.contains)
        if let group = equal.first {
            return .known(true, source: "/etc/group", evidence: ["the group \(group) is as good as root"])
        }
        switch sudo {
        case .rules(let rights): return finding(rights.mayRun, rights.doubt, "commands as root by sudo")
        case .unreadable, .undecided:
            if let group = groups.privileged.first(where: PrivilegedGroup.administrative.contains) {
                return .known(true, source: "/etc/group", evidence: ["in the group \(group)"])
            }
            if case .undecided(let reason) = sudo { return .unknown(reason, source: Sudo.path) }
            return .unknown(Self.needsHelper, source: Sudo.path)
        case .notInstalled:
            let group = groups.privileged.first(where: PrivilegedGroup.administrative.contains)
            if (try? system.exists("/etc/doas.conf")) != false, group == nil {
                return .unknown("the rules of doas are not read by this agent", source: "/etc/doas.conf")
            }
            return .known(group != nil, source: "/etc/group", evidence: group.map { ["in the group \($0)"] } ?? [])
        }
    }

    /// Whether the person may run a command as root without a password.
    func withoutPassword(_ sudo: Sudo, _ system: SystemView) -> Finding {
        if system.userID == 0 { return .notApplicable("root needs no sudo", source: Sudo.path) }
        switch sudo {
        case .notInstalled: return .notApplicable("sudo is not installed", source: Sudo.path)
        case .unreadable: return .unknown(Self.needsHelper, source: Sudo.path)
        case .undecided(let reason): return .unknown(reason, source: Sudo.path)
        case .rules(let rights):
            return finding(rights.mayRunWithoutPassword, rights.doubt, "commands as root without a password")
        }
    }

    private func finding(_ commands: SudoRights.Commands?, _ doubt: String?, _ what: String) -> Finding {
        switch commands {
        case nil: .unknown("a rule of sudo depends on what is not known here, such as a netgroup", source: Sudo.path)
        // Rules of another source can only give more.
        case .nothing? where doubt != nil: .unknown(doubt ?? "", source: Sudo.path)
        case .nothing?: .known(false, source: Sudo.path, evidence: ["\(what): none"])
        case .named(let count)?: .known(true, source: Sudo.path, evidence: ["\(what): \(count)"])
        case .all?: .known(true, source: Sudo.path, evidence: ["\(what): all"])
        }
    }
}
