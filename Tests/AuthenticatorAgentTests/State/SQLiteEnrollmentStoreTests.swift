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

    private static let columnsOfThird =
        "(enrollment_id, purpose, id, kind, public_key, handle, position, confirmed)"

    @Test(arguments: EnrollmentSchema.migrations.indices)
    func stateOfEachOlderVersionIsBroughtToTheNewest(version: Int) async throws {
        let database = try await SQLiteDatabase.open(
            path, migrations: Array(EnrollmentSchema.migrations[0...version]))
        let pinned = try JSON.encode(PinnedKeySet(sequence: 1, keys: [], allowedOrigins: []))
        let key = try JSON.encode(JWK(keyID: "k", publicKey: try PrivateKey.generate(.es256).publicKey))
        // What the first version wrote, or the same as a later one keeps it.
        let columns = version < 2 ? "(enrollment_id, purpose, id, kind, public_key, handle)" : Self.columnsOfThird
        let rest = version < 2 ? "" : ", 0, 1"
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO enrollment (id, method_id, issuer, organization_id, organization_name, user_id, username,
                    device_id, client_instance_id, pinned_sequence, pinned_key_set, created_at)
                VALUES ('pfd1', 'm', 'https://id.example.com', 'o', 'Org', 'u', 'alice', 'd', 'c', 1, ?, 5)
                """, [.blob(pinned)])
            for purpose in ["proofOfPossession", "userVerification", "clientInstance"] {
                try connection.execute(
                    "INSERT INTO stored_key \(columns) VALUES ('pfd1', ?, ?, 'software', ?, x'07'\(rest))",
                    [.text(purpose), .text("id-" + purpose), .blob(key)])
            }
        }
        let store = try await SQLiteEnrollmentStore.open(path)
        let all = try await store.all()
        #expect(all.map(\.username) == ["alice"])
        #expect(all.map(\.codeHash) == [nil])
        #expect(
            all[0].keys.map(\.id) == ["id-proofOfPossession", "id-clientInstance", "id-userVerification"]
                && all[0].keys.allSatisfy { $0.handle == [7] && $0.kind == .software })
        #expect(all[0].spares.isEmpty && all[0].keyNames.isEmpty && all[0].attested.isEmpty)
        try await store.noteAttested(["id-userVerification": false])
        #expect(try await store.all()[0].attested == ["id-userVerification": false])
        let spare = try await spare(.userVerification)
        try await store.add(spare, named: nil, to: "pfd1")
        #expect(try await store.all()[0].spares == [spare])
        let pending = try pending("r1", from: try await enrollment("pfd2"))
        try await store.add(pending)
        #expect(try await store.pending() == [pending])
    }

    // MARK: - Spare keys

    private func spare(
        _ purpose: KeyPurpose, isConfirmed: Bool = true, codeHash: [UInt8]? = nil
    ) async throws -> EnrolledSpare {
        EnrolledSpare(
            key: try await keys.generate(purpose, presence: NobodyPresent()), isConfirmed: isConfirmed,
            codeHash: codeHash)
    }

    @Test func enrolmentWithSparesComesBackWhole() async throws {
        var enrollment = try await enrollment("pfd1", canVerify: true)
        enrollment.spares = [
            try await spare(.proofOfPossession), try await spare(.userVerification, codeHash: [1, 2]),
            try await spare(.userVerification, isConfirmed: false),
        ]
        enrollment.keyNames = [enrollment.proofOfPossession.id: "desk", enrollment.spares[1].id: "blue one"]
        enrollment.attested = [enrollment.proofOfPossession.id: true, enrollment.spares[0].id: false]
        try await SQLiteEnrollmentStore.open(path).insert(enrollment)
        #expect(try await SQLiteEnrollmentStore.open(path).all() == [enrollment])
    }

    @Test func aKeyThatIsNotConfirmedIsKeptAndSignsNothing() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        try await store.insert(try await enrollment("pfd1"))
        let added = try await spare(.userVerification, isConfirmed: false)
        try await store.add(added, named: KeyName("spare"), to: "pfd1")
        var kept = try #require(try await store.all().first)
        #expect(kept.userVerification == nil && kept.spares == [added] && kept.keyNames == [added.id: "spare"])
        #expect(kept.keys.contains(added.key) && kept.signingKeys(for: .userVerification).isEmpty)
        #expect(kept.unconfirmedKeys == [added.key])
        try await store.confirmKey(id: added.id)
        try await store.confirmKey(id: "another")
        kept = try #require(try await store.all().first)
        #expect(kept.userVerification == added.key && kept.spares.isEmpty && kept.unconfirmedKeys.isEmpty)
        #expect(kept.signingKeys(for: .userVerification) == [added.key])
    }

    @Test func sparesAreTriedInTheOrderInWhichTheyWereAdded() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let enrollment = try await enrollment("pfd1", canVerify: true)
        try await store.insert(enrollment)
        let spares = [
            try await spare(.userVerification), try await spare(.userVerification, isConfirmed: false),
            try await spare(.userVerification),
        ]
        for spare in spares { try await store.add(spare, named: nil, to: "pfd1") }
        let kept = try #require(try await store.all().first)
        let first = try #require(enrollment.userVerification)
        #expect(kept.signingKeys(for: .userVerification) == [first, spares[0].key, spares[2].key])
        #expect(kept.signingKeys(for: .proofOfPossession) == [enrollment.proofOfPossession])
    }

    @Test(arguments: [KeyPurpose.proofOfPossession, .userVerification])
    func theOldestSpareTakesThePlaceOfAKeyThatIsRemoved(_ purpose: KeyPurpose) async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let enrollment = try await enrollment("pfd1", canVerify: true)
        try await store.insert(enrollment)
        let spares = [
            try await spare(purpose, isConfirmed: false), try await spare(purpose), try await spare(purpose),
        ]
        for spare in spares { try await store.add(spare, named: nil, to: "pfd1") }
        let first = enrollment.signingKeys(for: purpose)[0]
        #expect(try await store.removeKey(id: first.id))
        #expect(try await store.removeKey(id: first.id))
        var kept = try #require(try await store.all().first)
        #expect(kept.signingKeys(for: purpose) == [spares[1].key, spares[2].key])
        // A key is added after the others, whatever was removed before.
        let another = try await spare(purpose)
        #expect(try await store.removeKey(id: spares[2].id))
        try await store.add(another, named: nil, to: "pfd1")
        kept = try #require(try await store.all().first)
        #expect(kept.signingKeys(for: purpose) == [spares[1].key, another.key])
    }

    @Test func whatNoEnrolmentCanBeWithoutStays() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let enrollment = try await enrollment("pfd1", canVerify: true)
        for enrollment in [enrollment, try await self.enrollment("pfd2")] { try await store.insert(enrollment) }
        let unconfirmed = try await spare(.proofOfPossession, isConfirmed: false)
        try await store.add(unconfirmed, named: nil, to: "pfd1")
        #expect(try await !store.removeKey(id: enrollment.proofOfPossession.id))
        #expect(try await !store.removeKey(id: enrollment.clientInstance.id))
        #expect(try await store.removeKey(id: unconfirmed.id))
        #expect(try await store.removeKey(id: try #require(enrollment.userVerification).id))
        var kept = enrollment
        kept.userVerification = nil
        #expect(try await store.all().first == kept)
    }

    @Test func keysAreNamedAndAreGoneWithTheirEnrolment() async throws {
        let store = try await SQLiteEnrollmentStore.open(path)
        let enrollment = try await enrollment("pfd1")
        try await store.insert(enrollment)
        let added = try await spare(.proofOfPossession)
        try await store.add(added, named: nil, to: "pfd1")
        try await store.nameKey(id: enrollment.proofOfPossession.id, try #require(KeyName("Büro")))
        try await store.nameKey(id: "another", try #require(KeyName("x")))
        #expect(try await store.all().first?.keyNames == [enrollment.proofOfPossession.id: "Büro"])
        await #expect(throws: SQLiteError.self) { try await store.add(added, named: nil, to: "pfd1") }
        try await store.delete(id: "pfd1")
        await #expect(throws: SQLiteError.self) { try await store.add(added, named: nil, to: "pfd1") }
        #expect(try await store.all().isEmpty)
    }

    @Test(arguments: [
        "", " ", " a", "a ", "a\u{0}b", "a\nb", "a\u{202E}b", "a\u{200B}b", "a\u{2028}b", "a\u{A0}b",
        String(repeating: "a", count: 61), "a" + String(repeating: "\u{301}", count: 300),
    ])
    func whatIsNoNameIsRefused(_ typed: String) { #expect(KeyName(typed) == nil) }

    @Test(arguments: ["a", "my blue key", "Büro 2", "鍵", String(repeating: "a", count: 60)])
    func namesOfPeopleAreNames(_ typed: String) { #expect(KeyName(typed)?.text == typed) }

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
