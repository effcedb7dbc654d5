// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the rules of sudo let somebody do as root.
struct SudoRights: Hashable, Sendable {
    /// So many commands.
    enum Commands: Hashable, Sendable {
        /// None.
        case nothing
        /// Some that the rules name, so many of them.
        case named(Int)
        /// All but those that are taken away.
        case all
    }

    private static let mostCommands = 1024

    /// The commands; `nil` where it depends on what is not known here.
    let mayRun: Commands?
    /// Those for which no password is asked for; `nil` where it depends on what is not known here.
    let mayRunWithoutPassword: Commands?
    /// Why there may be more, where that is known.
    var doubt: String?

    /// Judges the rules.
    ///
    /// - Returns: `nil` where there are more commands than are judged.
    init?(of subject: SudoSubject, under policy: Sudoers) {
        guard let least = Verdicts(subject, policy, unknown: .unset, limit: Self.mostCommands),
            let most = Verdicts(subject, policy, unknown: .yes, limit: Self.mostCommands)
        else { return nil }
        // What is not known is taken for both; only what is the same both times is known.
        mayRun = least.commands == most.commands ? least.commands : nil
        mayRunWithoutPassword =
            least.withoutPassword == most.withoutPassword ? least.withoutPassword : nil
    }
}

/// What is decided for each command that rules name and for any other, with what is not known taken for one or the other.
private struct Verdicts {
    private let subject: SudoSubject
    private let policy: Sudoers
    private let unknown: SudoSubject.Match
    /// The grants that are about the person on this machine as root, in order.
    private var grants: [Sudoers.Grant] = []
    private(set) var commands = SudoRights.Commands.nothing
    private(set) var withoutPassword = SudoRights.Commands.nothing

    init?(_ subject: SudoSubject, _ policy: Sudoers, unknown: SudoSubject.Match, limit: Int) {
        self.subject = subject
        self.policy = policy
        self.unknown = unknown
        for rule in policy.rules where matchesUser(rule.users) == .yes {
            for some in rule.hostGrants where matchesHost(some.hosts) == .yes {
                grants += some.grants.filter { runsAsRoot($0.runAsUsers, $0.runAsGroups) }
            }
        }
        var named: Set<String> = []
        for grant in grants { collect([grant.command], &named, depth: 0) }
        guard named.count <= limit, named.count * grants.count <= 4_000_000 else { return nil }
        let verdicts = named.map { verdict(for: $0) }
        let other = verdict(for: nil)
        commands = Self.sum(verdicts.count { $0.isAllowed }, other.isAllowed)
        withoutPassword = Self.sum(
            verdicts.count { $0.isAllowed && !$0.asks }, other.isAllowed && !other.asks)
    }

    private static func sum(_ named: Int, _ other: Bool) -> SudoRights.Commands {
        other ? .all : named > 0 ? .named(named) : .nothing
    }

    /// The texts of commands, with aliases put in.
    private func collect(_ members: [Sudoers.Member], _ named: inout Set<String>, depth: Int) {
        for member in members where member.text != "ALL" {
            if let alias = policy.aliases[.command]?[member.text] {
                if depth < 16 { collect(alias, &named, depth: depth + 1) }
            } else {
                named.insert(member.text)
            }
        }
    }

    /// The last grant that has a command in it decides.
    private func verdict(for probe: String?) -> (isAllowed: Bool, asks: Bool) {
        for grant in grants.reversed() {
            let match = matchesCommand([grant.command], probe)
            if match == .unset { continue }
            return (match == .yes, grant.asksForPassword.map { $0 && !isExempt } ?? asksByDefault(for: probe))
        }
        return (false, true)
    }

    private func asksByDefault(for probe: String?) -> Bool {
        guard !isExempt else { return false }
        var asks = true
        for option in policy.defaults where option.name == "authenticate" && applies(option.scope, to: probe) {
            asks = option.value != .off
        }
        return asks
    }

    /// Whether the person is in the group that is never asked.
    private var isExempt: Bool {
        var group: String?
        for option in policy.defaults where option.name == "exempt_group" && applies(option.scope, to: nil) {
            if case .text(let name) = option.value { group = name } else { group = nil }
        }
        return group.map { subject.groups.names.contains($0.hasPrefix("%") ? String($0.dropFirst()) : $0) } ?? false
    }

    private func applies(_ scope: Sudoers.Scope, to probe: String?) -> Bool {
        switch scope {
        case .all: true
        case .users(let users): matchesUser(users) == .yes
        case .hosts(let hosts): matchesHost(hosts) == .yes
        case .runAs(let users):
            resolved(subject.match(users, aliases: policy.aliases[.runAs] ?? [:], SudoSubject.root)) == .yes
        case .commands(let commands): matchesCommand(commands, probe) == .yes
        }
    }

    private func runsAsRoot(_ users: [Sudoers.Member]?, _ groups: [Sudoers.Member]?) -> Bool {
        let aliases = policy.aliases[.runAs] ?? [:]
        if let users {
            return resolved(subject.match(users, aliases: aliases, SudoSubject.root)) == .yes
        }
        var standard = "root"
        for option in policy.defaults where option.name == "runas_default" && applies(option.scope, to: nil) {
            if case .text(let name) = option.value { standard = name }
        }
        return groups == nil && standard == "root"
    }

    private func matchesUser(_ users: [Sudoers.Member]) -> SudoSubject.Match {
        resolved(subject.match(users, aliases: policy.aliases[.user] ?? [:], subject.user))
    }

    private func matchesHost(_ hosts: [Sudoers.Member]) -> SudoSubject.Match {
        resolved(subject.match(hosts, aliases: policy.aliases[.host] ?? [:], subject.host))
    }

    private func matchesCommand(_ commands: [Sudoers.Member], _ probe: String?) -> SudoSubject.Match {
        subject.match(commands, aliases: policy.aliases[.command] ?? [:]) { SudoSubject.command($0, has: probe) }
    }

    private func resolved(_ match: SudoSubject.Match) -> SudoSubject.Match { match == .unknown ? unknown : match }
}
