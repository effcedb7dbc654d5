// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import DevicePosture

/// The language of sudoers(5), and what rules come to.
@Suite struct SudoersTests {
    private func policy(_ text: String) throws -> Sudoers {
        var policy = Sudoers()
        for statement in try SudoersParser.parse(Array(text.utf8)) { policy.add(statement) }
        return policy
    }

    private func rights(
        _ text: String, groups: Set<String> = ["alice"], numbers: Set<UInt32> = [1000], hosts: Set<String> = ["laptop"],
        unnamed: Int = 0
    ) throws -> SudoRights {
        let subject = SudoSubject(
            userID: 1000, groups: PersonsGroups(name: "alice", names: groups, numbers: numbers, unnamed: unnamed),
            hosts: hosts)
        return try #require(SudoRights(of: subject, under: try policy(text)))
    }

    @Test(
        arguments: [
            ("alice ALL=(ALL) NOPASSWD: ALL", SudoRights.Commands.all as SudoRights.Commands?),
            ("alice ALL=NOPASSWD:ALL", .all),
            ("alice ALL=(ALL:ALL) ALL", .nothing),
            ("bob ALL=(ALL) NOPASSWD: ALL", .nothing),
            ("# alice ALL=(ALL) NOPASSWD: ALL", .nothing),
            ("%wheel ALL=NOPASSWD: ALL", .nothing),
            ("%alice ALL=NOPASSWD: ALL", .all), ("#1000 ALL=NOPASSWD: ALL", .all), ("%#1000 ALL=NOPASSWD: ALL", .all),
            ("#1001 ALL=NOPASSWD: ALL", .nothing), ("%#10 ALL=NOPASSWD: ALL", .nothing),
            ("ALL ALL=NOPASSWD: ALL", .all), ("ALL, !alice ALL=NOPASSWD: ALL", .nothing),
            ("!alice, ALL ALL=NOPASSWD: ALL", .all), ("alice server=NOPASSWD: ALL", .nothing),
            ("alice laptop=NOPASSWD: ALL", .all), ("alice lap*=NOPASSWD: ALL", .all),
            ("alice ALL, !laptop=NOPASSWD: ALL", .nothing),
            ("alice ALL=(postgres) NOPASSWD: ALL", .nothing), ("alice ALL=(#0) NOPASSWD: ALL", .all),
            ("alice ALL=(ALL, !root) NOPASSWD: ALL", .nothing),
            ("alice ALL=(:docker) NOPASSWD: ALL", .nothing),
            ("alice ALL=NOPASSWD: /usr/bin/apt update, /usr/bin/less", .named(2)),
            ("alice ALL=/usr/bin/less, NOPASSWD: /usr/bin/apt, PASSWD: /bin/sh", .named(1)),
            ("alice ALL=NOPASSWD: /usr/bin/less, !/usr/bin/less", .nothing),
            ("alice ALL=NOPASSWD: ALL, !/bin/sh", .all),
            ("alice ALL=NOEXEC: SETENV: NOPASSWD: LOG_OUTPUT: /bin/x", .named(1)),
            ("alice ALL=NOPASSWD: sha256:abc=, sha224:def /bin/x", .named(1)),
            ("alice ALL=TIMEOUT=5m CWD=/tmp NOPASSWD: /bin/x", .named(1)),
            ("alice ALL=NOPASSWD: sudoedit /etc/motd", .named(1)),
            ("alice ALL=NOPASSWD: /bin/x a\\,b\\=c *, /bin/y \"\"", .named(2)),
            ("bob ALL=ALL : ALL=NOPASSWD: ALL", .nothing),
            ("alice server=ALL : laptop=NOPASSWD: ALL", .all), ("alice ALL = \\\n  NOPASSWD: \\\n ALL", .all),
            ("\"alice\" ALL=NOPASSWD: ALL", .all), ("al\\ice ALL=NOPASSWD: ALL", .all),
            // The last rule that fits decides.
            ("alice ALL=NOPASSWD: ALL\nalice ALL=ALL", .nothing),
            ("alice ALL=ALL\nalice ALL=NOPASSWD: ALL", .all),
            ("alice ALL=NOPASSWD: ALL\n%alice ALL=PASSWD: ALL", .nothing),
            ("alice ALL=NOPASSWD: /bin/\nalice ALL=PASSWD: /bin/sh", .named(1)),
            ("alice ALL=NOPASSWD: ALL\nalice ALL=(postgres) ALL", .all),
            // Options.
            ("Defaults !authenticate\nalice ALL=ALL", .all), ("Defaults:alice !authenticate\nalice ALL=ALL", .all),
            ("Defaults:bob !authenticate\nalice ALL=ALL", .nothing),
            ("Defaults:%alice !authenticate\nalice ALL=ALL", .all),
            ("Defaults@laptop !authenticate\nalice ALL=ALL", .all),
            ("Defaults@other !authenticate\nalice ALL=ALL", .nothing),
            ("Defaults>root !authenticate\nalice ALL=ALL", .all),
            ("Defaults>bob !authenticate\nalice ALL=ALL", .nothing),
            ("Defaults!/bin/x !authenticate\nalice ALL=ALL, /bin/x", .named(1)),
            ("Defaults !authenticate\nDefaults authenticate\nalice ALL=ALL", .nothing),
            ("Defaults !authenticate\nalice ALL=PASSWD: ALL", .nothing),
            ("Defaults env_reset, !authenticate, secure_path=\"/a:/b\", env_keep += \"X Y\"\nalice ALL=ALL", .all),
            ("Defaults exempt_group=alice\nalice ALL=PASSWD: ALL", .all),
            ("Defaults exempt_group=wheel\nalice ALL=ALL", .nothing),
            ("Defaults runas_default=bob\nalice ALL=NOPASSWD: ALL", .nothing),
            // Aliases, with blanks and lines as they come.
            ("User_Alias ADMINS = bob, alice : OTHERS = carol\nADMINS ALL=NOPASSWD: ALL", .all),
            ("User_Alias ADMINS = ALL, !alice\nADMINS ALL=NOPASSWD: ALL", .nothing),
            ("User_Alias ADMINS = bob\n!ADMINS ALL=NOPASSWD: ALL", .nothing),
            ("Host_Alias HERE = laptop\nalice HERE=NOPASSWD: ALL", .all),
            ("Cmnd_Alias PKG = /usr/bin/apt, /usr/bin/dpkg\nalice ALL=NOPASSWD: PKG", .named(2)),
            ("Runas_Alias OP = root, operator\nalice ALL=(OP) NOPASSWD: ALL", .all),
            ("User_Alias A = B\nUser_Alias B = A\nA ALL=NOPASSWD: ALL", .nothing),
            // What is not known here.
            ("+admins ALL=NOPASSWD: ALL", nil), ("%:domain ALL=NOPASSWD: ALL", nil),
            ("alice +machines=NOPASSWD: ALL", nil),
            ("alice 10.0.0.0/8=NOPASSWD: ALL", nil), ("alice fe80::1=NOPASSWD: ALL", nil),
            ("+admins ALL=ALL", .nothing), ("alice ALL=NOPASSWD: ALL\n+admins ALL=ALL", nil),
        ] as [(String, SudoRights.Commands?)])
    func judgesWhatIsRunWithoutAPassword(text: String, expected: SudoRights.Commands?) throws {
        #expect(try rights(text + "\n").mayRunWithoutPassword == expected)
    }

    @Test(
        arguments: [
            ("alice ALL=(ALL:ALL) ALL", SudoRights.Commands.all), ("alice ALL=/bin/x", .named(1)), ("", .nothing),
            ("alice ALL=ALL, !ALL", .nothing), ("alice ALL=ALL\nalice ALL=!/bin/x", .all),
        ] as [(String, SudoRights.Commands)])
    func judgesWhatIsRunAtAll(text: String, expected: SudoRights.Commands) throws {
        #expect(try rights(text + "\n").mayRun == expected)
    }

    @Test func aGroupThatOnlyADirectoryKnowsIsNotKnownHere() throws {
        let text = "%domain\\ admins ALL=NOPASSWD: ALL\n"
        #expect(try rights(text).mayRunWithoutPassword == SudoRights.Commands.nothing)
        #expect(try rights(text, unnamed: 1).mayRunWithoutPassword == nil)
        #expect(try rights("alice laptop=NOPASSWD: ALL\n", hosts: []).mayRunWithoutPassword == nil)
    }

    @Test(arguments: [
        "alice", "alice ALL", "alice ALL=", "alice ALL=(root NOPASSWD: ALL", "alice ALL=(root) NOPASSWD:", "=ALL",
        "alice ALL=NOPASSWD: /bin/x,", "alice ALL=\"/bin/x", "User_Alias = x", "User_Alias lower = x",
        "User_Alias ALL = x",
        "Defaults", "Defaults =x", "Defaults x+y", "@include", "@include a b", "alice ALL=ALL extra words",
        "alice,, bob ALL=ALL",
        "alice ALL=ALL : ", "alice ALL=/bin/x a=b", "\u{0}",
    ])
    func aLineThatIsNotUnderstoodIsNoRule(text: String) {
        #expect(throws: ReadFailure.malformed) { try SudoersParser.parse(Array((text + "\n").utf8)) }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: ReadFailure.malformed) { try SudoersParser.parse([0xFF, 0xFE, 0x0A]) }
        #expect(throws: ReadFailure.self) {
            try SudoersParser.parse(Array(String(repeating: "a\\\n", count: 300_000).utf8))
        }
    }

    @Test func includesAreReadWhereTheyStand() throws {
        let machine = try MachineFixture()
        machine.write("/etc/hostname", "laptop.example.org\n")
        machine.write("/etc/sudoers", "alice ALL=ALL\n@includedir /etc/sudoers.d\n#include local-%h\n@include /none\n")
        machine.write("/etc/sudoers.d/10-x", "bob ALL=ALL\n")
        machine.write("/etc/sudoers.d/20-x.bak", "carol ALL=ALL\n")
        machine.write("/etc/sudoers.d/30-x~", "carol ALL=ALL\n")
        machine.write("/etc/local-laptop", "dave ALL=ALL\n")
        let rules = try SudoersFiles.read("/etc/sudoers", in: machine.system).rules
        #expect(rules.map { $0.users[0].text } == ["alice", "bob", "dave"])
        machine.write("/etc/local-laptop", "@include /etc/sudoers\n")
        #expect(throws: ReadFailure.self) { try SudoersFiles.read("/etc/sudoers", in: machine.system) }
        machine.write("/etc/local-laptop", "this is nothing\n")
        #expect(throws: ReadFailure.malformed) { try SudoersFiles.read("/etc/sudoers", in: machine.system) }
    }
}

/// The same files by `cvtsudoers`, of sudo itself.
@Suite(.enabled(if: Tool.areInstalled("/usr/bin/cvtsudoers"), "needs sudo"))
struct SudoersDifferentialTests {
    /// What cvtsudoers(1) writes, as far as it is compared.
    private struct Reference: Decodable {
        struct Member: Decodable {
            var username: String?, userid: Int?, usergroup: String?, usergid: Int?, nonunixgroup: String?,
                nonunixgid: Int?
            var netgroup: String?, useralias: String?, hostname: String?, hostalias: String?, networkaddr: String?
            var runasalias: String?, command: String?, cmndalias: String?, negated: Bool?

            var text: String {
                let names = [
                    username, userid.map { "#\($0)" }, usergroup.map { "%\($0)" }, usergid.map { "%#\($0)" },
                    nonunixgroup.map { "%:\($0)" }, netgroup.map { "+\($0)" }, useralias, hostname, hostalias,
                    networkaddr, runasalias, command, cmndalias,
                ]
                let name = names.compactMap { $0 }.first ?? "?"
                return (negated == true ? "!" : "") + name
            }
        }
        struct Option: Decodable { var authenticate: Bool? }
        struct CommandSpec: Decodable {
            var runasusers: [Member]?
            var runasgroups: [Member]?
            var options: [Option]?
            var commands: [Member]

            enum CodingKeys: String, CodingKey {
                case runasusers, runasgroups
                case options = "Options"
                case commands = "Commands"
            }
        }
        struct UserSpec: Decodable {
            var users: [Member]
            var hosts: [Member]
            var commands: [CommandSpec]

            enum CodingKeys: String, CodingKey {
                case users = "User_List"
                case hosts = "Host_List"
                case commands = "Cmnd_Specs"
            }
        }
        var rules: [UserSpec]?
        var userAliases: [String: [Member]]?
        var runAsAliases: [String: [Member]]?
        var hostAliases: [String: [Member]]?
        var commandAliases: [String: [Member]]?

        enum CodingKeys: String, CodingKey {
            case rules = "User_Specs"
            case userAliases = "User_Aliases"
            case runAsAliases = "Runas_Aliases"
            case hostAliases = "Host_Aliases"
            case commandAliases = "Command_Aliases"
        }
    }

    private static func texts(_ members: [Sudoers.Member]) -> String {
        members.map { ($0.isNegated ? "!" : "") + $0.text }.joined(separator: ", ")
    }

    private static func lines(_ reference: Reference) -> [String] {
        func list(_ members: [Reference.Member]) -> String { members.map(\.text).joined(separator: ", ") }
        // Their names have the sign of a group there.
        func groups(_ members: [Reference.Member]) -> String { list(members).filter { $0 != "%" } }
        // Where a rule names groups alone, newer versions write one user without a name.
        func users(_ members: [Reference.Member]?) -> String {
            members.map(list).flatMap { $0.isEmpty ? nil : $0 } ?? "-"
        }
        return (reference.rules ?? []).flatMap { spec in
            spec.commands.flatMap { grant in
                grant.commands.map { command in
                    let asks = grant.options?.compactMap(\.authenticate).last
                    return "\(list(spec.users)) @ \(list(spec.hosts)) as \(users(grant.runasusers))"
                        + ":\(grant.runasgroups.map(groups) ?? "-") asks \(asks.map(String.init) ?? "-"): \(command.text)"
                }
            }
        }
    }

    private static func lines(_ policy: Sudoers) -> [String] {
        policy.rules.flatMap { rule in
            rule.hostGrants.flatMap { some in
                some.grants.map { grant in
                    // An empty list is not written there.
                    let users = grant.runAsUsers.flatMap { $0.isEmpty ? nil : texts($0) }
                    let groups = grant.runAsGroups.flatMap { $0.isEmpty ? nil : texts($0) }
                    return "\(texts(rule.users)) @ \(texts(some.hosts)) as \(users ?? "-"):\(groups ?? "-")"
                        + " asks \(grant.asksForPassword.map(String.init) ?? "-"): \(texts([grant.command]))"
                }
            }
        }
    }

    private func compare(_ text: String) throws {
        let machine = try MachineFixture()
        machine.write("/sudoers", text)
        let output = try Tool.run("/usr/bin/cvtsudoers", ["-c", "/dev/null", "-f", "json", machine.root + "/sudoers"])
        let reference = try JSONDecoder().decode(Reference.self, from: Data(output.utf8))
        var policy = Sudoers()
        for statement in try SudoersParser.parse(Array(text.utf8)) { policy.add(statement) }
        #expect(Self.lines(policy) == Self.lines(reference))
        let aliases: [(Sudoers.AliasKind, [String: [Reference.Member]]?)] = [
            (.user, reference.userAliases), (.runAs, reference.runAsAliases), (.host, reference.hostAliases),
            (.command, reference.commandAliases),
        ]
        for (kind, expected) in aliases {
            let own = (policy.aliases[kind] ?? [:]).mapValues { Self.texts($0) }
            #expect(own == (expected ?? [:]).mapValues { $0.map(\.text).joined(separator: ", ") }, "\(kind)")
        }
    }

    @Test(arguments: [
        "alice ALL=(ALL:ALL) NOPASSWD: ALL\n", "alice ALL = NOPASSWD: /bin/a, /bin/b, PASSWD: /bin/c\n",
        "%wheel, #1000, %#10, +ng, !bob ALL, !h = (root, !bob : wheel, docker) ALL\n",
        "User_Alias A = a, b : B = !c\nHost_Alias H = h1, 10.0.0.1\nRunas_Alias R = root\nCmnd_Alias C = /bin/x a b, !/bin/y\n"
            + "A, !B H = (R) C : ALL = NOPASSWD: C, ALL\n",
        "alice ALL = (root) /bin/a : ALL = (bob) NOPASSWD: /bin/b\nbob ALL = (:docker) NOEXEC: SETENV: /bin/x\n",
        "alice ALL = TIMEOUT=5m NOPASSWD: /bin/x, /bin/y\n# x\n  # y\nbob\tALL=ALL # z\n",
        "alice ALL = \\\n  NOPASSWD: \\\n  /bin/x \\\n a b,\\\n  sudoedit /etc/motd\n",
        "\"quoted name\" ALL = ALL\n\"%domain admins\" ALL = NOPASSWD: ALL\n",
        "alice ALL = NOPASSWD: /bin/x \"\", /usr/bin/, /bin/[a-z]* -f *\n",
        "Defaults env_reset\nDefaults:alice !authenticate, passwd_tries=3\nDefaults secure_path=\"/a:/b\"\nalice ALL=ALL\n",
        "root ALL=(ALL) ALL\n%#1000 ALL=NOPASSWD:ALL#comment\n",
    ])
    func readsTheSameRules(text: String) throws { try compare(text) }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/share/doc/sudo/examples/sudoers")))
    func readsTheSameRulesOfSudosOwnExample() throws {
        let text = try SystemView.live.text("/usr/share/doc/sudo/examples/sudoers")
        try compare(text)
    }
}
