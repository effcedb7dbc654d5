// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import VerifierServer

/// A record with every kind of key.
struct SampleRecord: StoredRecord, Hashable {
    static let collection = "samples"
    var id: String
    var unique: String?
    var first: String?
    var second: String?
    var expiresAt: Int64?
    var value = 0

    var indexKeys: [IndexSlot: String] {
        var keys: [IndexSlot: String] = [:]
        keys[.unique] = unique
        keys[.first] = first
        keys[.second] = second
        return keys
    }
}

struct OtherRecord: StoredRecord, Hashable {
    static let collection = "others"
    var id: String
    var unique: String
    var indexKeys: [IndexSlot: String] { [.unique: unique] }
}

/// A way to make an empty store; each kind of store runs through the same suite.
struct StoreKind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// A store, and what must live as long as it.
    let make: @Sendable () throws -> (store: any VerifierStore, keeper: any Sendable)

    static let all = [
        StoreKind(testDescription: "SQLite") {
            let folder = try TemporaryFolder()
            return (try SQLiteStore(path: folder.file("store.sqlite")), folder)
        }
    ]
}

@Suite struct StoreContractTests {
    @Test(arguments: StoreKind.all)
    func whatWasWrittenIsRead(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        let record = SampleRecord(id: "a", unique: "u", first: "f", second: "s", expiresAt: 5, value: 1)
        try await store.write { try $0.insert(record) }
        #expect(try await store.read { try $0.record(SampleRecord.self, id: "a") } == record)
        #expect(try await store.read { try $0.record(SampleRecord.self, id: "b") } == nil)
        #expect(try await store.read { try $0.records(SampleRecord.self, where: .unique, is: "u") } == [record])
        #expect(try await store.read { try $0.records(SampleRecord.self, where: .first, is: "f") } == [record])
        #expect(try await store.read { try $0.records(SampleRecord.self, where: .second, is: "s") } == [record])
        #expect(try await store.read { try $0.records(SampleRecord.self, where: .second, is: "f") }.isEmpty)
    }

    @Test(arguments: StoreKind.all)
    func recordsComeByAscendingID(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write { writer in
            for id in ["c", "a", "B", "b"] { try writer.insert(SampleRecord(id: id, first: "f")) }
        }
        #expect(try await store.read { try $0.all(SampleRecord.self) }.map(\.id) == ["B", "a", "b", "c"])
        let found = try await store.read { try $0.records(SampleRecord.self, where: .first, is: "f") }
        #expect(found.map(\.id) == ["B", "a", "b", "c"])
    }

    @Test(arguments: StoreKind.all)
    func anIDOrUniqueKeyIsTakenOnce(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write { try $0.insert(SampleRecord(id: "a", unique: "u")) }
        let taken = StoreError.alreadyExists(collection: "samples")
        await #expect(throws: taken) { try await store.write { try $0.insert(SampleRecord(id: "a")) } }
        await #expect(throws: taken) { try await store.write { try $0.insert(SampleRecord(id: "b", unique: "u")) } }
        await #expect(throws: taken) { try await store.write { try $0.save(SampleRecord(id: "b", unique: "u")) } }
        try await store.write { try $0.insert(OtherRecord(id: "a", unique: "u")) }
        try await store.write { try $0.insert(SampleRecord(id: "c")) }
        try await store.write { try $0.insert(SampleRecord(id: "d")) }
    }

    @Test(arguments: StoreKind.all)
    func savingReplacesTheRecordAndItsKeys(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write { try $0.save(SampleRecord(id: "a", unique: "u", first: "f")) }
        try await store.write { try $0.save(SampleRecord(id: "a", unique: "v", value: 2)) }
        #expect(try await store.read { try $0.records(SampleRecord.self, where: .unique, is: "u") }.isEmpty)
        #expect(try await store.read { try $0.records(SampleRecord.self, where: .first, is: "f") }.isEmpty)
        #expect(try await store.read { try $0.records(SampleRecord.self, where: .unique, is: "v") }.map(\.value) == [2])
    }

    @Test(arguments: StoreKind.all)
    func deletingTellsWhetherThereWasOne(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write { try $0.insert(SampleRecord(id: "a")) }
        #expect(try await store.write { try $0.delete(SampleRecord.self, id: "a") })
        #expect(try await !store.write { try $0.delete(SampleRecord.self, id: "a") })
    }

    @Test(arguments: StoreKind.all)
    func sweepingRemovesWhatExpiredBefore(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write { writer in
            try writer.insert(SampleRecord(id: "old", expiresAt: 9))
            try writer.insert(SampleRecord(id: "now", expiresAt: 10))
            try writer.insert(SampleRecord(id: "ever"))
        }
        #expect(try await store.write { try $0.sweep(before: 10, limit: 100) } == 1)
        #expect(try await store.read { try $0.all(SampleRecord.self) }.map(\.id) == ["ever", "now"])
    }

    @Test(arguments: StoreKind.all)
    func sweepingGoesInSteps(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write { writer in
            for number in 0..<5 { try writer.insert(SampleRecord(id: "\(number)", expiresAt: 9)) }
        }
        var counts: [Int] = []
        for _ in 0..<4 { counts.append(try await store.write(.buffered) { try $0.sweep(before: 10, limit: 2) }) }
        #expect(counts == [2, 2, 1, 0])
    }

    @Test(arguments: StoreKind.all)
    func aBufferedWriteIsSeenAtOnceAndUndoesItselfToo(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write(.buffered) { try $0.insert(SampleRecord(id: "a", value: 1)) }
        #expect(try await store.read { try $0.record(SampleRecord.self, id: "a") }?.value == 1)
        await #expect(throws: StoreError.self) {
            try await store.write(.buffered) { writer in
                try writer.save(SampleRecord(id: "a", value: 2))
                try writer.insert(SampleRecord(id: "a"))
            }
        }
        #expect(try await store.read { try $0.record(SampleRecord.self, id: "a") }?.value == 1)
        #expect(try await store.read { try $0.all(SampleRecord.self) }.map(\.value) == [1])
    }

    @Test(arguments: StoreKind.all)
    func anErrorUndoesItsWriteAlone(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<60 {
                group.addTask {
                    do {
                        try await store.write { writer in
                            try writer.insert(SampleRecord(id: "\(number)"))
                            if number.isMultiple(of: 3) { throw TestFailure("no") }
                        }
                        return (number, true)
                    } catch {
                        return (number, !(error is TestFailure))
                    }
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        let stored = Set(try await store.read { try $0.all(SampleRecord.self) }.map(\.id))
        for number in 0..<60 {
            #expect(outcomes[number] == !number.isMultiple(of: 3))
            #expect(stored.contains("\(number)") == !number.isMultiple(of: 3))
        }
    }

    @Test(arguments: StoreKind.all)
    func concurrentWritesSeeOneAnotherWhole(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await store.write { try $0.insert(SampleRecord(id: "counter")) }
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await store.write { writer in
                        guard var record = try writer.record(SampleRecord.self, id: "counter") else { return -1 }
                        record.value += 1
                        try writer.save(record)
                        return record.value
                    }
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(seen == Set(1...200))
    }

    @Test(arguments: StoreKind.all)
    func aReadAfterAWriteSeesIt(_ kind: StoreKind) async throws {
        let (store, keeper) = try kind.make()
        defer { withExtendedLifetime(keeper) {} }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await store.write { try $0.insert(SampleRecord(id: "\(number)")) }
                    let found = try await store.read { try $0.record(SampleRecord.self, id: "\(number)") }
                    #expect(found != nil)
                }
            }
            try await group.waitForAll()
        }
    }
}
