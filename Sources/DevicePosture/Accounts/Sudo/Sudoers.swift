// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The rules of sudo, as sudoers(5) has them.
struct Sudoers: Hashable, Sendable {
    /// One of a list: a name, a number, an alias, a command; perhaps with a `!` before it.
    struct Member: Hashable, Sendable {
        /// Whether it is taken away instead of added.
        var isNegated = false
        /// What is written there, without quotes; of a command with its arguments.
        var text: String
    }

    /// What an alias stands for.
    enum AliasKind: String, Hashable, Sendable {
        case user = "User_Alias"
        case runAs = "Runas_Alias"
        case host = "Host_Alias"
        case command = "Cmnd_Alias"
    }

    /// An alias.
    struct Alias: Hashable, Sendable {
        var kind: AliasKind
        var name: String
        var members: [Member]
    }

    /// What an option is about.
    enum Scope: Hashable, Sendable {
        case all
        case users([Member])
        case hosts([Member])
        case runAs([Member])
        case commands([Member])
    }

    /// An option.
    struct Default: Hashable, Sendable {
        /// The texts of an option: `nil` for one that is switched.
        enum Value: Hashable, Sendable {
            case on
            case off
            case text(String)
        }

        var scope: Scope
        var name: String
        var value: Value
    }

    /// A command that is granted.
    struct Grant: Hashable, Sendable {
        /// As whom; `nil` where it is not said.
        var runAsUsers: [Member]?
        /// With whose group; `nil` where it is not said.
        var runAsGroups: [Member]?
        /// Whether a password is asked for; `nil` where it is not said.
        var asksForPassword: Bool?
        /// The command.
        var command: Member
    }

    /// Grants on some machines.
    struct HostGrants: Hashable, Sendable {
        var hosts: [Member]
        var grants: [Grant]
    }

    /// A rule.
    struct Rule: Hashable, Sendable {
        var users: [Member]
        var hostGrants: [HostGrants]
    }

    /// What a line says.
    enum Statement: Hashable, Sendable {
        /// Another file is taken over here.
        case include(String)
        /// All files of a folder are.
        case includeFolder(String)
        case aliases([Alias])
        case defaults([Default])
        case rule(Rule)
    }

    /// The aliases by kind and name.
    var aliases: [AliasKind: [String: [Member]]] = [:]
    /// The options, in order.
    var defaults: [Default] = []
    /// The rules, in order: the last that fits decides.
    var rules: [Rule] = []

    /// No rule at all.
    init() {}

    /// Takes over what a line says, but for other files.
    mutating func add(_ statement: Statement) {
        switch statement {
        case .include, .includeFolder: break
        case .aliases(let some): for alias in some { aliases[alias.kind, default: [:]][alias.name] = alias.members }
        case .defaults(let some): defaults += some
        case .rule(let rule): rules.append(rule)
        }
    }
}

/// Puts the rules together from all files.
enum SudoersFiles {
    private static let mostFiles = 512
    private static let mostDepth = 32
    private static let limit = 1 << 20

    /// Reads a file and all that it includes.
    ///
    /// - Throws: ``ReadFailure``; a line that is not understood in any of the files is a failure, since it may grant.
    static func read(_ path: String, in system: SystemView) throws(ReadFailure) -> Sudoers {
        var policy = Sudoers()
        var files = 0
        let bytes = try system.read(path, limit: limit)
        try add(bytes, at: path, to: &policy, in: system, files: &files, depth: 0)
        return policy
    }

    private static func add(
        _ bytes: [UInt8], at path: String, to policy: inout Sudoers, in system: SystemView, files: inout Int, depth: Int
    ) throws(ReadFailure) {
        files += 1
        guard files <= mostFiles, depth <= mostDepth else { throw .tooLarge(limit: mostFiles) }
        for statement in try SudoersParser.parse(bytes) {
            switch statement {
            case .include(let name):
                let other = absolute(name, besides: path, in: system)
                // What is not there grants nothing.
                guard let bytes = try system.readIfPresent(other, limit: limit) else { continue }
                try add(bytes, at: other, to: &policy, in: system, files: &files, depth: depth + 1)
            case .includeFolder(let name):
                let folder = absolute(name, besides: path, in: system)
                let names: [String]
                do throws(ReadFailure) {
                    names = try system.list(folder, limit: 4096)
                } catch ReadFailure.absent {
                    continue
                }
                // Names with a dot or a tilde at the end are left by editors and packages, and are not read.
                for name in names where !name.hasSuffix("~") && !name.contains(".") {
                    let other = "\(folder)/\(name)"
                    do throws(ReadFailure) {
                        let bytes = try system.read(other, limit: limit)
                        try add(bytes, at: other, to: &policy, in: system, files: &files, depth: depth + 1)
                    } catch ReadFailure.wrongKind, ReadFailure.absent {
                        continue
                    }
                }
            case .aliases, .defaults, .rule: policy.add(statement)
            }
        }
    }

    private static func absolute(_ name: String, besides path: String, in system: SystemView) -> String {
        var name = name
        while let range = name.firstRange(ofText: "%h") {
            let host = (try? system.attribute(system.isLive ? "/proc/sys/kernel/hostname" : "/etc/hostname")) ?? ""
            name.replaceSubrange(range, with: host.split(separator: ".").first.map { $0.filter { $0 != "%" } } ?? "")
        }
        if name.hasPrefix("/") { return name }
        return path.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/" + name
    }
}
