// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import VerifierServer

@Suite struct StoreBackupTests {
    /// A folder with a store of some records.
    private func store(_ values: Int...) async throws -> (TemporaryFolder, String) {
        let folder = try TemporaryFolder()
        let path = folder.file("verifier.sqlite")
        let store = try SQLiteStore(path: path)
        try await store.write { writer in
            for value in values { try writer.insert(SampleRecord(id: "\(value)", value: value)) }
        }
        return (folder, path)
    }

    private func values(_ path: String) async throws -> [Int] {
        try await SQLiteStore(path: path).read { try $0.all(SampleRecord.self) }.map(\.value).sorted()
    }

    private func restore(_ path: String, from file: String) throws -> StoreRestoration {
        try StoreRestoration(of: path, from: file, keyFile: path + ".key", at: 1_780_000_000)
    }

    // MARK: - Backup

    @Test func aBackupWhileOthersWriteIsOfOnePointInTime() async throws {
        let (folder, path) = try await store()
        let isDone = SharedFlag()
        let sizes = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                // As from two processes: each with connections of its own.
                let writing = try SQLiteStore(path: path)
                group.addTask {
                    for _ in 0..<5000 where !isDone.isRaised {
                        try await writing.write(.buffered) { writer in
                            let id = UUID().uuidString
                            try writer.insert(SampleRecord(id: "a \(id)"))
                            try writer.insert(SampleRecord(id: "b \(id)"))
                        }
                    }
                }
            }
            defer { isDone.raise() }
            var sizes: [Int] = []
            for number in 0..<8 {
                let file = folder.file("copy-\(number).sqlite")
                let backup = try StoreBackup(of: path, at: file, replacing: false)
                #expect(backup.schema == "4 editions")
                #expect(try folder.mode(of: "copy-\(number).sqlite") == 0o600)
                let ids = try await SQLiteStore(path: file).read { try $0.all(SampleRecord.self) }.map(\.id)
                let halves = Dictionary(grouping: ids) { String($0.dropFirst(2)) }
                #expect(halves.values.allSatisfy { $0.count == 2 })
                sizes.append(halves.count)
            }
            isDone.raise()
            try await group.waitForAll()
            return sizes
        }
        #expect(sizes == sizes.sorted() && sizes[0] < sizes[7], "nothing was written meanwhile: \(sizes)")
    }

    @Test func aBackupIsOneFileAndReplacesNoneUnasked() async throws {
        let (folder, path) = try await store(1)
        let file = folder.file("copy.sqlite")
        let backup = try StoreBackup(of: path, at: file, replacing: false)
        #expect(backup.bytes == (try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("copy") }
        #expect(names == ["copy.sqlite"])
        try await SQLiteStore(path: path).write { try $0.insert(SampleRecord(id: "2", value: 2)) }
        #expect(throws: StoreBackupError.exists(path: file)) {
            _ = try StoreBackup(of: path, at: file, replacing: false)
        }
        #expect(try await values(file) == [1])
        _ = try StoreBackup(of: path, at: file, replacing: true)
        #expect(try await values(file) == [1, 2])
    }

    @Test func aBackupThatFailsLeavesTheEarlierOne() async throws {
        let (folder, path) = try await store(1)
        let file = folder.file("copy.sqlite")
        _ = try StoreBackup(of: path, at: file, replacing: false)
        try replaceByText(path)
        #expect(throws: StoreBackupError.notAStore(path: path)) {
            _ = try StoreBackup(of: path, at: file, replacing: true)
        }
        #expect(try await values(file) == [1])
        #expect(!FileManager.default.fileExists(atPath: file + ".partial"))
    }

    @Test func aDamagedStoreIsNotTakenForABackup() async throws {
        let (folder, path) = try await store()
        try await SQLiteStore(path: path).write { writer in
            for number in 0..<2000 { try writer.insert(SampleRecord(id: "\(number)", first: "f")) }
        }
        try damagePages(of: path)
        let error = try #require(throws: StoreBackupError.self) {
            _ = try StoreBackup(of: path, at: folder.file("copy"), replacing: false)
        }
        #expect("\(error)".hasPrefix("\(path) is damaged"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("copy")))
    }

    @Test func thereIsNoBackupOfNothing() throws {
        let folder = try TemporaryFolder()
        #expect(throws: StoreBackupError.self) {
            _ = try StoreBackup(of: folder.file("none"), at: folder.file("copy"), replacing: false)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    // MARK: - Restoration

    @Test func aCopyTakesThePlaceAndTheOldStoreIsKept() async throws {
        let (folder, path) = try await store(1)
        let file = folder.file("copy.sqlite")
        _ = try StoreBackup(of: path, at: file, replacing: false)
        try await SQLiteStore(path: path).write { try $0.insert(SampleRecord(id: "2", value: 2)) }
        let restoration = try restore(path, from: file)
        #expect(try await values(path) == [1])
        #expect(try folder.mode(of: "verifier.sqlite") == 0o600)
        let kept = try #require(restoration.kept)
        #expect(kept == "\(path).before-20260528T202640Z")
        #expect(try await values(kept) == [1, 2])
        #expect(try restore(path, from: file).kept == kept + "-")
    }

    @Test func aStoreInUseIsNotReplaced() async throws {
        let (folder, path) = try await store(1)
        let file = folder.file("copy.sqlite")
        _ = try StoreBackup(of: path, at: file, replacing: false)
        let verifier = try SQLiteStore(path: path)
        #expect(throws: StoreBackupError.inUse(path: path)) { _ = try restore(path, from: file) }
        try await verifier.write { try $0.insert(SampleRecord(id: "2", value: 2)) }
        #expect(try await values(path) == [1, 2])
        withExtendedLifetime(verifier) {}
    }

    @Test func aVersionWithoutTheLockIsSeenToo() async throws {
        let (folder, path) = try await store(1)
        let file = folder.file("copy.sqlite")
        _ = try StoreBackup(of: path, at: file, replacing: false)
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let older = try DatabasePool(path: path, configuration: configuration)
        _ = try await older.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM record") }
        #expect(throws: StoreBackupError.inUse(path: path)) { _ = try restore(path, from: file) }
        try older.close()
        #expect(try restore(path, from: file).kept != nil)
    }

    @Test func noStoreIsOpenedWhileItIsReplaced() async throws {
        let (folder, path) = try await store(1)
        let lock = try StoreLock(storePath: path, .exclusive)
        let error = try #require(throws: StoreError.self) { _ = try SQLiteStore(path: path) }
        #expect("\(error)".contains("is being restored"))
        withExtendedLifetime((lock, folder)) {}
    }

    @Test func whatIsNoCopyOfThisVersionsIsRefused() async throws {
        let (folder, path) = try await store(1)
        let newer = folder.file("newer.sqlite")
        _ = try StoreBackup(of: path, at: newer, replacing: false)
        let queue = try anotherConnection(to: newer)
        try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 the future')") }
        try queue.close()
        #expect(throws: StoreBackupError.newerVersion(path: newer)) { _ = try restore(path, from: newer) }
        let text = folder.file("text")
        try Data("no database, and long enough to look like one".utf8).write(to: URL(filePath: text))
        #expect(throws: StoreBackupError.notAStore(path: text)) { _ = try restore(path, from: text) }
        let other = folder.file("other.sqlite")
        let strange = try anotherConnection(to: other)
        try await strange.write { try $0.execute(sql: "CREATE TABLE t (a)") }
        try strange.close()
        #expect(throws: StoreBackupError.notAStore(path: other)) { _ = try restore(path, from: other) }
        // One that says that it is of this version, and has nothing of it.
        let bare = folder.file("bare.sqlite")
        let claiming = try anotherConnection(to: bare)
        try await claiming.write { database in
            try database.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            for name in RecordSchema.migrator.migrations {
                try database.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [name])
            }
        }
        try claiming.close()
        #expect(throws: StoreBackupError.notAStore(path: bare)) { _ = try restore(path, from: bare) }
        #expect(throws: StoreBackupError.self) { _ = try restore(path, from: folder.file("none")) }
        #expect(try await values(path) == [1])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!names.contains { $0.contains("before") || $0.contains("restoring") }, "\(names)")
    }

    @Test func aDamagedStoreIsReplacedAndKept() async throws {
        let (folder, path) = try await store(1)
        let file = folder.file("copy.sqlite")
        _ = try StoreBackup(of: path, at: file, replacing: false)
        try replaceByText(path)
        let kept = try #require(try restore(path, from: file).kept)
        #expect(try await values(path) == [1])
        #expect(FileManager.default.fileExists(atPath: kept))
    }

    @Test func aCopyWhoseKeysTheKeyFileDoesNotOpenIsRefused() async throws {
        let world = try await VerifierWorld()
        let path = world.folder.file("verifier.sqlite")
        let file = world.folder.file("copy.sqlite")
        _ = try StoreBackup(of: path, at: file, replacing: false)
        let folder = try TemporaryFolder()
        let elsewhere = folder.file("verifier.sqlite")
        let refusal = StoreBackupError.otherKey(path: file, keyFile: elsewhere + ".key")
        #expect(throws: refusal) { _ = try restore(elsewhere, from: file) }
        _ = try SealingKey(path: elsewhere + ".key")
        #expect(throws: refusal) { _ = try restore(elsewhere, from: file) }
        #expect(!FileManager.default.fileExists(atPath: elsewhere))
        try FileManager.default.removeItem(atPath: elsewhere + ".key")
        try FileManager.default.copyItem(atPath: path + ".key", toPath: elsewhere + ".key")
        #expect(try restore(elsewhere, from: file).kept == nil)
        let services = try await VerifierWorld.services(
            in: folder, store: try SQLiteStore(path: elsewhere), clock: world.clock, audit: world.audit)
        let keys = try await services.signingKeys.list().map(\.id)
        #expect(try await world.services.signingKeys.list().map(\.id) == keys)
    }
}
