// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import SQLiteDatabase
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

@Suite struct SQLiteEnrollmentStoreTests {
    private let folder: TemporaryFolder
    private let keys = MemoryKeyStore()

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { folder.path + "/agent.sqlite" }

    private func enrollment(
        _ id: String, issuer: String = "https://id.example.com", canVerify: Bool = false
    ) async throws -> Enrollment {
        let pinned = JWK(keyID: "k", publicKey: try PrivateKey.generate(.es256).publicKey)
        return try await LoopbackFixture.enrollment(
            keys, issuer: issuer, id: id, pinned: [pinned], canVerify: canVerify)
    }

    @Test(arguments: [false, true]) func enrolmentComesBackWhole(_ canVerify: Bool) async throws {
        let enrollment = try await enrollment("pfd1", canVerify: canVerify)
        try await SQLiteEnrollmentStore.open(path).insert(enrollment)
        #expect(try await SQLiteEnrollmentStore.open(path).all() == [enrollment])
    }

    @Test func deletedEnrolmentIsGoneWithItsKeys() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let first = try await enrollment("pfd1")
        let second = try await enrollment("pfd2")
        for enrollment in [first, second] { try await store.insert(enrollment) }
        try await store.delete(id: "pfd1")
        try await store.delete(id: "pfd1")
        #expect(try await store.all() == [second])
        try await store.insert(first)
        #expect(try await store.all().count == 2)
    }

    @Test func sameEnrolmentTwiceIsRefusedWhole() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let first = try await enrollment("pfd1")
        try await store.insert(first)
        await #expect(throws: SQLiteError.self) { try await store.insert(first) }
        var keyTwice = try await enrollment("pfd2")
        keyTwice.clientInstance = first.clientInstance
        await #expect(throws: SQLiteError.self) { try await store.insert(keyTwice) }
        #expect(try await store.all() == [first])
    }

    @Test func anotherProcessesChangeIsSeen() async throws {
        let daemon = try await SQLiteEnrollmentStore.open(path)
        let command = try await SQLiteEnrollmentStore.open(path)
        #expect(try await daemon.all().isEmpty)
        let enrollment = try await enrollment("pfd1")
        try await command.insert(enrollment)
        #expect(try await daemon.all() == [enrollment])
        try await command.delete(id: "pfd1")
        #expect(try await daemon.all().isEmpty)
    }

    @Test func pinnedKeysAdvanceOnlyFromWhereTheyStand() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let ours = try await enrollment("pfd1")
        let other = try await enrollment("pfd2", issuer: "https://other.example.com")
        for enrollment in [ours, other] { try await store.insert(enrollment) }
        let next = PinnedKeySet(sequence: 2, keys: ours.pinned.keys, allowedOrigins: [])
        try await store.advance(issuer: ours.issuer, from: 1, to: next)
        try await store.advance(
            issuer: ours.issuer, from: 1, to: PinnedKeySet(sequence: 9, keys: [], allowedOrigins: []))
        let all = try await store.all()
        #expect(all.first { $0.id == "pfd1" }?.pinned == next)
        #expect(all.first { $0.id == "pfd2" } == other)
    }

    private func pending(_ id: String, from enrollment: Enrollment) throws -> PendingEnrollment {
        PendingEnrollment(
            requestID: id, issuer: enrollment.issuer, endpoint: enrollment.issuer + "/enroll", organizationID: "00o1",
            organizationName: "Org", pinned: enrollment.pinned, request: Array("{}".utf8),
            keys: try #require(NewKeys(enrollment.keys)), codeHash: id == "r1" ? [1, 2, 3] : nil, createdAt: 7)
    }

    @Test func pendingEnrolmentComesBackWholeAndBecomesOne() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        var enrollment = try await enrollment("pfd1", canVerify: true)
        enrollment.codeHash = [1, 2, 3]
        let first = try pending("r1", from: enrollment)
        let second = try pending("r2", from: try await self.enrollment("pfd2"))
        try await store.add(first)
        try await store.add(second)
        let reopened = try await SQLiteEnrollmentStore.open(path)
        #expect(try await reopened.pending() == [first, second])
        try await reopened.finish(first, as: enrollment)
        #expect(try await store.all() == [enrollment])
        #expect(try await store.pending() == [second])
        // Another process finishes the same one, or drops it, a moment later.
        try await store.finish(first, as: enrollment)
        try await store.drop(first)
        #expect(try await store.all() == [enrollment])
        try await store.drop(second)
        #expect(try await store.pending().isEmpty)
    }

    @Test func finishingKeepsThePendingOneWhereTheEnrolmentCannotBeKept() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let enrollment = try await enrollment("pfd1")
        try await store.insert(enrollment)
        let pending = try pending("r1", from: try await self.enrollment("pfd2"))
        try await store.add(pending)
        await #expect(throws: SQLiteError.self) { try await store.finish(pending, as: enrollment) }
        #expect(try await store.pending() == [pending])
    }

    @Test(arguments: EnrollmentSchema.migrations.indices)
    func stateOfEachOlderVersionIsBroughtToTheNewest(version: Int) async throws {
        let database = try await SQLiteDatabase.open(
            path, migrations: Array(EnrollmentSchema.migrations[0...version]))
        let pinned = try JSON.encode(PinnedKeySet(sequence: 1, keys: [], allowedOrigins: []))
        let key = try JSON.encode(JWK(keyID: "k", publicKey: try PrivateKey.generate(.es256).publicKey))
        // What the first version wrote.
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO enrollment (id, method_id, issuer, organization_id, organization_name, user_id, username,
                    device_id, client_instance_id, pinned_sequence, pinned_key_set, created_at)
                VALUES ('pfd1', 'm', 'https://id.example.com', 'o', 'Org', 'u', 'alice', 'd', 'c', 1, ?, 5)
                """, [.blob(pinned)])
            for purpose in ["proofOfPossession", "clientInstance"] {
                try connection.execute(
                    "INSERT INTO stored_key VALUES ('pfd1', ?, ?, 'software', ?, x'')",
                    [.text(purpose), .text(purpose), .blob(key)])
            }
        }
        let store = try await SQLiteEnrollmentStore.open(path)
        let all = try await store.all()
        #expect(all.map(\.username) == ["alice"])
        #expect(all.map(\.codeHash) == [nil])
        let pending = try pending("r1", from: try await enrollment("pfd2"))
        try await store.add(pending)
        #expect(try await store.pending() == [pending])
    }

    @Test func newerStateIsRefused() async throws {
        _ = try await SQLiteEnrollmentStore.open(path)
        let database = try await SQLiteDatabase.open(path, migrations: EnrollmentSchema.migrations + [{ _ in }])
        _ = database
        do {
            _ = try await SQLiteEnrollmentStore.open(path)
            Issue.record("newer state was opened")
        } catch {
            #expect((error as? SQLiteError)?.code == .newer)
        }
    }

    @Test(arguments: [
        "UPDATE stored_key SET kind = 'quantum'", "DELETE FROM stored_key WHERE purpose = 'clientInstance'",
        "UPDATE stored_key SET public_key = x'7b7d'", "UPDATE enrollment SET pinned_key_set = x'00'",
    ])
    func damagedStateIsAnError(_ change: String) async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        try await store.insert(try await enrollment("pfd1"))
        try await SQLiteDatabase.open(path, migrations: EnrollmentSchema.migrations).write { try $0.execute(change) }
        await #expect(throws: (any Error).self) { try await store.all() }
    }
}
