// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CommaSeparatedValues
import ManagementQueries
import Testing

@testable import VerifierServer

@Suite struct UserImportTests {
    private static let header = "login,email,firstName,lastName,displayName,status,groups\n"

    private func run(
        _ text: String, in world: VerifierWorld, _ configure: (inout UserImport) -> Void = { _ in }
    ) async throws -> UserImportReport {
        var work = UserImport(world.services)
        configure(&work)
        return try await work.run(Array(text.utf8))
    }

    private func user(_ name: String, in world: VerifierWorld) async throws -> User {
        try #require(try await world.services.users.find(username: name))
    }

    private func groups(of name: String, in world: VerifierWorld) async throws -> [String] {
        let id = try await user(name, in: world).id
        return try await world.store.read { try GroupMembership.groups(of: id, in: $0).map(\.name) }
    }

    @Test func peopleAndGroupsAreMadeAndTheSameAgainChangesNothing() async throws {
        let world = try await VerifierWorld()
        let table =
            Self.header + "Alice@example.com,alice@example.com,Alice,Example,,,Staff;Ops \\; night\r\n"
            + "bob,,,,Bob,suspended,\n"
        let report = try await run(table, in: world) { $0.makesGroups = true }
        #expect(report.isApplied && report.rows.map(\.outcome) == [.created, .created])
        let alice = try await user("alice@example.com", in: world)
        #expect(alice.displayName == "Alice Example" && alice.profile?["email"] == "alice@example.com")
        #expect(Set(try await groups(of: "alice@example.com", in: world)) == ["Everyone", "Ops ; night", "Staff"])
        #expect(try await user("bob", in: world).status == .suspended)
        #expect(try world.audit.events(.userCreate).count == 2)
        #expect(try world.audit.events(.groupMemberAdd).count == 2)
        let again = try await run(table, in: world)
        #expect(again.isApplied && again.rows.map(\.outcome) == [.unchanged, .unchanged])
        #expect(try await user("alice@example.com", in: world) == alice)
        #expect(try world.audit.events(.groupMemberAdd).count == 2)
    }

    @Test func whatTheTableDoesNotSayStays() async throws {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "alice", displayName: "Alice A.")
        _ = try await world.services.users.add(username: "bobby")
        let first = try await run("login,firstName,groups\nalice,Alice,Staff\n", in: world) { $0.makesGroups = true }
        #expect(first.rows.map(\.outcome) == [.updated])
        let second = try await run("login,email\nalice,a@example.com\n", in: world)
        #expect(second.rows.map(\.outcome) == [.updated] && second.missing.isEmpty)
        let alice = try await user("alice", in: world)
        #expect(alice.displayName == "Alice A." && alice.profile?["firstName"] == "Alice")
        #expect(try await groups(of: "alice", in: world) == ["Everyone", "Staff"])
        #expect(try await user("bobby", in: world).status == .active)
        // An empty value takes away.
        #expect(try await run("login,email,groups\nalice,,\n", in: world).rows.map(\.outcome) == [.updated])
        #expect(try await user("alice", in: world).profile?["email"] == nil)
        #expect(try await groups(of: "alice", in: world) == ["Everyone"])
    }

    @Test func oneRefusedRowUndoesAll() async throws {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "carol")
        let report = try await run(
            Self.header + "alice,,,,,,\ncarol,nonsense,Carol,,,gone,\nb b,,,,,,\nALICE,,,,,,\ndave,,,,,,Nobody\n"
                + "carol2,nonsense,\(String(repeating: "x", count: 51)),,,,\n", in: world)
        #expect(!report.isApplied)
        #expect(report.rows.map(\.outcome) == [.created, .refused, .refused, .refused, .refused, .refused])
        let problems = report.rows.flatMap(\.problems).map { "\($0.line):\($0.column) \($0.name) \($0.reason)" }
        #expect(problems[0].hasPrefix("3:24 status must be active"))
        #expect(problems[1].hasPrefix("4:1 login must be"))
        #expect(problems[2] == "5:1 login is in line 2 already")
        #expect(problems[3] == "6:11 groups there is no group 'Nobody'")
        #expect(problems[4].hasPrefix("7:8 email must be in the form"))
        #expect(problems[5].hasPrefix("7:17 firstName must have"))
        #expect(try await world.services.users.list().map(\.username) == ["carol"])
        #expect(try world.audit.events(.userCreate).count == 1)
    }

    @Test func aDryRunChangesNothing() async throws {
        let world = try await VerifierWorld()
        let report = try await run("login,groups\nalice,Staff\n", in: world) {
            $0.isDryRun = true
            $0.makesGroups = true
        }
        #expect(!report.isApplied && report.rows.map(\.outcome) == [.created])
        #expect(try await world.services.users.list().isEmpty)
        #expect(try await world.store.read { try GroupDirectory.group(named: "Staff", in: $0) } == nil)
        #expect(try world.audit.events(.userCreate).isEmpty)
    }

    @Test func whoIsMissingIsDeactivatedOnlyOnceToldOf() async throws {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "bobby")
        let bobby = try await user("bobby", in: world)
        let identity = AuthenticatedIdentity(
            userID: bobby.id, deviceID: nil, enrollmentID: nil, authenticatedAt: world.clock.now, methods: ["swk"],
            contextClass: nil)
        let token = try await world.services.sessions.issueAccessToken(
            identity: identity, clientID: "c", scopes: ["openid"], lifetime: 600)
        let asked = try await run("login\nalice\n", in: world) { $0.missing = .asked }
        #expect(!asked.isApplied && asked.missing == ["bobby"])
        #expect(try await user("bobby", in: world).status == .active)
        #expect(try await world.services.users.find(username: "alice") == nil)
        let done = try await run("login\nalice\n", in: world) { $0.missing = .deactivated }
        #expect(done.isApplied && done.missing == ["bobby"])
        #expect(try await user("bobby", in: world).status == .deactivated)
        #expect(try await world.services.sessions.findAccessToken(token) == nil)
        #expect(try world.audit.events(.userDeactivate).map(\.target.first?.alternateId) == ["bobby"])
        // Nobody is missing any more, so that nobody need be told of.
        let again = try await run("login\nalice\n", in: world) { $0.missing = .asked }
        #expect(again.isApplied && again.missing.isEmpty)
    }

    @Test func statusesChangeAsElsewhere() async throws {
        let world = try await VerifierWorld()
        _ = try await run("login,status\na,staged\nb,active\n", in: world)
        let report = try await run("login,status\na,ACTIVE\nb,DEPROVISIONED\n", in: world)
        #expect(report.rows.map(\.outcome) == [.updated, .updated])
        #expect(try await user("a", in: world).activatedAt != nil)
        #expect(try await user("b", in: world).status == .deactivated)
        #expect(try await run("login,status\na,staged\n", in: world).rows.map(\.outcome) == [.refused])
        #expect(try await run("login,status\na,deleted\n", in: world).rows.map(\.outcome) == [.refused])
    }

    @Test(
        arguments: [
            ("login,age\na,1\n", "line 1, column 7: there is no such column"),
            ("login,email,login\na,b,c\n", "line 1, column 13: the column is there twice"),
            ("email\na\n", "line 1, column 1: the column login is missing"),
            ("", "line 1, column 1: the file is empty"),
        ])
    func columnsAreKnown(table: String, problem: String) async throws {
        let world = try await VerifierWorld()
        let error = await #expect(throws: CSVError.self) { try await run(table, in: world) }
        #expect(error?.description.hasPrefix(problem) == true)
    }

    @Test func whatIsExportedIsTakenElsewhere() async throws {
        let world = try await VerifierWorld()
        _ = try await run(
            Self.header + "alice,alice@example.com,Alice,\"Example, A.\",Ally,,Staff;a\\\\b\nbob,,,,,deactivated,\n",
            in: world
        ) { $0.makesGroups = true }
        _ = try await world.services.users.add(username: "carol", displayName: "Carol C.")
        let table = try await UserExport.table(world.services)
        let same = try await run(table, in: world)
        #expect(same.rows.map(\.outcome) == [.unchanged, .unchanged, .unchanged], "\(same)")
        let other = try await VerifierWorld()
        let there = try await run(table, in: other) { $0.makesGroups = true }
        #expect(there.rows.map(\.outcome) == [.created, .created, .created])
        #expect(try await UserExport.table(other.services) == table)
    }

    @Test(
        arguments: [
            ("", []), ("  ", []), ("a", ["a"]), (" a ; b ", ["a", "b"]), ("a\\;b;c", ["a;b", "c"]),
            ("a\\\\;b", ["a\\", "b"]),
            ("a;;b", nil), ("a;", nil), ("a\\", nil), ("a\\b", nil),
        ] as [(String, [String]?)])
    func groupsHaveSemicolonsBetweenThem(text: String, names: [String]?) {
        #expect(UserRow.groupNames(text) == names)
        if let names { #expect(UserRow.groupNames(UserRow.text(groupNames: names)) == names) }
    }
}
