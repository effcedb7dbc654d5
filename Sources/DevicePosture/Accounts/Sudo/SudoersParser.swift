// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the language of sudoers(5).
///
/// Only what says who may do what, and whether a password is asked for, is kept. What is not understood is a failure: a line that
/// is skipped may be the one that grants.
struct SudoersParser {
    private static let mostStatements = 100_000
    private static let options = [
        "ROLE", "TYPE", "APPARMOR_PROFILE", "PRIVS", "LIMITPRIVS", "NOTBEFORE", "NOTAFTER", "TIMEOUT", "CWD", "CHROOT",
    ]
    private static let tags = [
        "EXEC", "FOLLOW", "LOG_INPUT", "LOG_OUTPUT", "MAIL", "PASSWD", "SETENV", "INTERCEPT",
    ]

    private var scanner: SudoersScanner

    /// The statements of a file, in order.
    static func parse(_ bytes: [UInt8]) throws(ReadFailure) -> [Sudoers.Statement] {
        var statements: [Sudoers.Statement] = []
        for line in try SudoersScanner.logicalLines(bytes) {
            var parser = SudoersParser(scanner: SudoersScanner(line))
            if let statement = try parser.statement() { statements.append(statement) }
            guard statements.count <= mostStatements else { throw .tooLarge(limit: mostStatements) }
        }
        return statements
    }

    private mutating func statement() throws(ReadFailure) -> Sudoers.Statement? {
        scanner.skipBlanks()
        if scanner.isAtEnd { return nil }
        for mark in ["@", "#"] {
            if scanner.take(word: mark + "includedir") { return .includeFolder(try path()) }
            if scanner.take(word: mark + "include") { return .include(try path()) }
        }
        for kind in [Sudoers.AliasKind.user, .runAs, .host, .command] where scanner.take(word: kind.rawValue) {
            return .aliases(try aliases(kind))
        }
        if scanner.take(word: "Cmd_Alias") { return .aliases(try aliases(.command)) }
        if let defaults = try defaults() { return .defaults(defaults) }
        return .rule(try rule())
    }

    private mutating func path() throws(ReadFailure) -> String {
        scanner.skipBlanks()
        let path = try scanner.word(until: "")
        scanner.skipBlanks()
        guard !path.isEmpty, scanner.isAtEnd else { throw .malformed }
        return path
    }

    // MARK: Aliases

    private mutating func aliases(_ kind: Sudoers.AliasKind) throws(ReadFailure) -> [Sudoers.Alias] {
        var aliases: [Sudoers.Alias] = []
        repeat {
            scanner.skipBlanks()
            let name = try scanner.word(until: "=:,")
            guard name != "ALL", Self.isAliasName(name), scanner.take("=") else { throw .malformed }
            aliases.append(Sudoers.Alias(kind: kind, name: name, members: try members(of: kind)))
        } while scanner.take(":")
        guard scanner.isAtEnd else { throw .malformed }
        return aliases
    }

    private static func isAliasName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (65...90).contains(first) else { return false }
        return text.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    private mutating func members(of kind: Sudoers.AliasKind) throws(ReadFailure) -> [Sudoers.Member] {
        switch kind {
        case .user, .runAs: try list(until: "=:,()")
        case .host: try list(until: "=:,()", ofHosts: true)
        case .command: try commands()
        }
    }

    /// A list of names, divided by commas.
    private mutating func list(
        until ends: String, ofHosts: Bool = false
    ) throws(ReadFailure) -> [Sudoers.Member] {
        var members: [Sudoers.Member] = []
        repeat {
            var member = Sudoers.Member(text: "")
            scanner.skipBlanks()
            while scanner.take("!") { member.isNegated.toggle() }
            if ofHosts, let address = scanner.address() {
                member.text = address
            } else {
                member.text = try scanner.name(until: ends)
            }
            guard !member.text.isEmpty else { throw .malformed }
            members.append(member)
        } while scanner.take(",")
        return members
    }

    private mutating func commands() throws(ReadFailure) -> [Sudoers.Member] {
        var members: [Sudoers.Member] = []
        repeat { members.append(try command()) } while scanner.take(",")
        return members
    }

    /// A command with its arguments; digests before it are left out, since they only narrow it.
    private mutating func command() throws(ReadFailure) -> Sudoers.Member {
        var member = Sudoers.Member(text: "")
        scanner.skipBlanks()
        while scanner.take("!") { member.isNegated.toggle() }
        try scanner.skipDigests()
        while scanner.take("!") { member.isNegated.toggle() }
        member.text = try scanner.command()
        guard !member.text.isEmpty else { throw .malformed }
        return member
    }

    // MARK: Defaults

    private mutating func defaults() throws(ReadFailure) -> [Sudoers.Default]? {
        guard let mark = scanner.takeDefaults() else { return nil }
        let scope: Sudoers.Scope =
            switch mark {
            case ":": .users(try list(until: "=,"))
            case "@": .hosts(try list(until: "=:,", ofHosts: true))
            case ">": .runAs(try list(until: "=,"))
            case "!": .commands(try defaultsCommands())
            default: .all
            }
        var defaults: [Sudoers.Default] = []
        repeat {
            scanner.skipBlanks()
            let isOff = scanner.take("!")
            let name = try scanner.word(until: "=,+-!")
            guard !name.isEmpty else { throw .malformed }
            var value = isOff ? Sudoers.Default.Value.off : .on
            let isChange = scanner.take("+") || scanner.take("-")
            if scanner.take("=") {
                scanner.skipBlanks()
                let text = try scanner.word(until: ",")
                value = .text(text)
            } else if isChange {
                throw .malformed
            }
            defaults.append(Sudoers.Default(scope: scope, name: name, value: value))
        } while scanner.take(",")
        guard scanner.isAtEnd else { throw .malformed }
        return defaults
    }

    /// The commands of an option: without arguments there, so that the option's name is not taken for one.
    private mutating func defaultsCommands() throws(ReadFailure) -> [Sudoers.Member] {
        var members: [Sudoers.Member] = []
        repeat {
            var member = Sudoers.Member(text: "")
            scanner.skipBlanks()
            while scanner.take("!") { member.isNegated.toggle() }
            member.text = try scanner.word(until: ",")
            guard !member.text.isEmpty else { throw .malformed }
            members.append(member)
        } while scanner.take(",")
        return members
    }

    // MARK: Rules

    private mutating func rule() throws(ReadFailure) -> Sudoers.Rule {
        var rule = Sudoers.Rule(users: try list(until: "=:,()"), hostGrants: [])
        repeat {
            let hosts = try list(until: "=:,()", ofHosts: true)
            guard scanner.take("=") else { throw .malformed }
            rule.hostGrants.append(Sudoers.HostGrants(hosts: hosts, grants: try grants()))
        } while scanner.take(":")
        guard scanner.isAtEnd else { throw .malformed }
        return rule
    }

    /// Commands, of which each has what was said before for those before it, until something else is said.
    private mutating func grants() throws(ReadFailure) -> [Sudoers.Grant] {
        var grants: [Sudoers.Grant] = []
        var current = Sudoers.Grant(command: Sudoers.Member(text: ""))
        repeat {
            scanner.skipBlanks()
            if scanner.take("(") { try runAs(&current) }
            while true {
                if try option() { continue }
                if try !tag(&current) { break }
            }
            current.command = try command()
            grants.append(current)
        } while scanner.take(",")
        return grants
    }

    private mutating func runAs(_ grant: inout Sudoers.Grant) throws(ReadFailure) {
        grant.runAsUsers = []
        grant.runAsGroups = nil
        scanner.skipBlanks()
        if !scanner.isBefore(":"), !scanner.isBefore(")") { grant.runAsUsers = try list(until: ":,()") }
        if scanner.take(":") {
            scanner.skipBlanks()
            grant.runAsGroups = scanner.isBefore(")") ? [] : try list(until: ":,()")
        }
        guard scanner.take(")") else { throw .malformed }
    }

    /// Takes an option such as `TIMEOUT=5m`.
    private mutating func option() throws(ReadFailure) -> Bool {
        scanner.skipBlanks()
        for name in Self.options where scanner.take(name, before: "=") {
            scanner.skipBlanks()
            guard !(try scanner.word(until: "")).isEmpty else { throw .malformed }
            return true
        }
        return false
    }

    /// Takes a tag such as `NOPASSWD:`.
    private mutating func tag(_ grant: inout Sudoers.Grant) throws(ReadFailure) -> Bool {
        scanner.skipBlanks()
        for name in Self.tags {
            if scanner.take("NO" + name, before: ":") {
                if name == "PASSWD" { grant.asksForPassword = false }
                return true
            }
            if scanner.take(name, before: ":") {
                if name == "PASSWD" { grant.asksForPassword = true }
                return true
            }
        }
        return false
    }
}
