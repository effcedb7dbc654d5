// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import VerifierServer

@Suite struct SQLiteStoreTests {
    @Test func whatWasWrittenOutlivesTheProcess() async throws {
        let folder = try TemporaryFolder()
        do {
            let store = try SQLiteStore(path: folder.file("store.sqlite"))
            try await store.write { try $0.insert(SampleRecord(id: "a", value: 7)) }
        }
        let store = try SQLiteStore(path: folder.file("store.sqlite"))
        #expect(try await store.read { try $0.record(SampleRecord.self, id: "a") }?.value == 7)
    }

    @Test func itsFilesAreItsOwnersAlone() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.sqlite"))
        try await store.write { try $0.insert(SampleRecord(id: "a")) }
        #expect(try folder.mode(of: "store.sqlite") == 0o600)
        #expect(try folder.mode(of: "store.sqlite-wal") == 0o600)
    }

    @Test func rightsOfOthersAreTakenAway() throws {
        let folder = try TemporaryFolder()
        try #require(FileManager.default.createFile(atPath: folder.file("store.sqlite"), contents: nil))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: folder.file("store.sqlite"))
        _ = try SQLiteStore(path: folder.file("store.sqlite"))
        #expect(try folder.mode(of: "store.sqlite") == 0o600)
    }

    @Test func theStateOfANewerVersionIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.sqlite")
        _ = try SQLiteStore(path: path)
        let other = try anotherConnection(to: path)
        try other.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 the future')") }
        try other.close()
        #expect(throws: StoreError.newerVersion(path: path)) { _ = try SQLiteStore(path: path) }
    }

    @Test func aFileOfTheFirstVersionIsBroughtForward() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.sqlite")
        let old = try anotherConnection(to: path)
        try RecordSchema.migrator.migrate(old, upTo: "1 records")
        try await old.write { database in
            for (collection, id, expiry) in [
                ("samples", "kept", nil), ("samples", "expired", 5), ("sign_ins", "old", nil),
            ] {
                try database.execute(
                    sql: "INSERT INTO record (collection, id, key_first, expires_at, body) VALUES (?, ?, 'k', ?, ?)",
                    arguments: [collection, id, expiry as Int?, Data(#"{"id":"\#(id)","value":7}"#.utf8)])
            }
        }
        try old.close()
        let store = try SQLiteStore(path: path)
        #expect(try await store.read { try $0.record(SampleRecord.self, id: "kept") }?.value == 7)
        #expect(try await store.read { try $0.record(SignInTransaction.self, id: "old") } == nil)
        #expect(try await store.write { try $0.sweep(before: 6, limit: 10) } == 1)
        #expect(try await store.read { try $0.record(SampleRecord.self, id: "expired") } == nil)
    }

    @Test func whatIsNoDatabaseIsDamaged() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.sqlite")
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreError.damaged(path: path)) { _ = try SQLiteStore(path: path) }
    }

    @Test func aDamagedPageIsToldWhenItIsRead() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.sqlite")
        do {
            let store = try SQLiteStore(path: path)
            try await store.write { writer in
                for number in 0..<2000 { try writer.insert(SampleRecord(id: "\(number)", first: "f")) }
            }
        }
        try damagePages(of: path)
        let error = await #expect(throws: StoreError.self) {
            let store = try SQLiteStore(path: path)
            _ = try await store.read { try $0.all(SampleRecord.self) }
        }
        #expect(error == .damaged(path: path))
    }

    @Test func aMissingFolderIsNamed() throws {
        let error = try #require(throws: StoreError.self) {
            _ = try SQLiteStore(path: "/proc/nonexistent/folder/store.sqlite")
        }
        #expect(error.description.contains("/proc/nonexistent/folder/store.sqlite"))
        #expect(error.description.contains("make its folder first"))
    }

    @Test func aFolderIsNoStore() throws {
        let folder = try TemporaryFolder()
        #expect(throws: StoreError.self) { _ = try SQLiteStore(path: folder.path) }
    }

    @Test func aFullDiskLosesNothing() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.sqlite"), maximumPages: 40)
        try await store.write { try $0.insert(SampleRecord(id: "before")) }
        await #expect(throws: StoreError.diskFull) {
            try await store.write { writer in
                for number in 0..<20_000 { try writer.insert(SampleRecord(id: "\(number)", first: "first")) }
            }
        }
        #expect(try await store.read { try $0.all(SampleRecord.self) }.map(\.id) == ["before"])
        try await store.write { try $0.insert(SampleRecord(id: "after")) }
        #expect(try await store.read { try $0.all(SampleRecord.self) }.map(\.id) == ["after", "before"])
    }

    @Test func twoProgramsUseOneFile() async throws {
        let folder = try TemporaryFolder()
        let one = try SQLiteStore(path: folder.file("store.sqlite"))
        let two = try SQLiteStore(path: folder.file("store.sqlite"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                let store = number.isMultiple(of: 2) ? one : two
                group.addTask { try await store.write { try $0.insert(SampleRecord(id: "\(number)")) } }
            }
            try await group.waitForAll()
        }
        #expect(try await one.read { try $0.all(SampleRecord.self) }.count == 100)
        #expect(try await two.read { try $0.all(SampleRecord.self) }.count == 100)
    }

    /// Writes that wait while another runs are committed together: far fewer pages of the log than writes alone make.
    @Test func writesThatComeTogetherShareACommit() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.sqlite"))
        let log = URL(fileURLWithPath: folder.file("store.sqlite-wal"))
        func size() throws -> Int { try log.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 }
        let start = try size()
        for number in 0..<100 { try await store.write { try $0.insert(SampleRecord(id: "one \(number)")) } }
        let alone = try size() - start
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.write { _ in Thread.sleep(forTimeInterval: 0.2) } }
            try await Task.sleep(for: .milliseconds(50))
            for number in 0..<100 {
                group.addTask { try await store.write { try $0.insert(SampleRecord(id: "all \(number)")) } }
            }
            try await group.waitForAll()
        }
        let together = try FileManager.default.attributesOfItem(atPath: log.path)[.size] as? Int ?? 0
        #expect((together - start - alone) * 5 < alone, "\(alone) bytes for 100 single writes")
    }

    @Test func whatMustLastIsSyncedAlsoAfterABufferedWrite() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.sqlite"))
        // SQLite syncs at each commit at level 2 (FULL), and at 1 (NORMAL) only where it moves the log into the file.
        let level: @Sendable (any StoreWriter) throws -> Int? = { writer in
            let access = try #require(writer as? RecordAccess)
            return try Int.fetchOne(access.database, sql: "PRAGMA synchronous")
        }
        for _ in 0..<3 {
            #expect(try await store.write(.buffered, level) == 1)
            #expect(try await store.write(level) == 2)
            #expect(try await store.write(.synced, level) == 2)
        }
    }

    @Test func oneThatMustLastMakesItsWholeBatchLast() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.sqlite"))
        let levels = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                try await store.write(.buffered) { _ in Thread.sleep(forTimeInterval: 0.2) }
                return nil
            }
            try await Task.sleep(for: .milliseconds(50))
            for number in 0..<10 {
                group.addTask {
                    try await store.write(number == 5 ? .synced : .buffered) { writer in
                        try Int.fetchOne(try #require(writer as? RecordAccess).database, sql: "PRAGMA synchronous")
                    }
                }
            }
            return try await group.reduce(into: [Int]()) { levels, level in if let level { levels.append(level) } }
        }
        #expect(levels == Array(repeating: 2, count: 10))
    }

    @Test func whatAnotherProgramWroteIsNotHiddenByWhatIsRemembered() async throws {
        let folder = try TemporaryFolder()
        let one = try SQLiteStore(path: folder.file("store.sqlite"))
        let two = try SQLiteStore(path: folder.file("store.sqlite"))
        for value in 1...3 {
            try await one.write { try $0.save(SampleRecord(id: "a", value: value)) }
            #expect(try await two.read { try $0.record(SampleRecord.self, id: "a") }?.value == value)
            try await two.write { try $0.save(SampleRecord(id: "a", value: value * 10)) }
            #expect(try await one.read { try $0.all(SampleRecord.self) }.map(\.value) == [value * 10])
        }
    }
}
