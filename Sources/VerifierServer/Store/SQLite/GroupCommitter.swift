// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import GRDB
internal import Synchronization

/// Commits writes that come at the same time together: one sync of the disk for all of them, and none where none waits for it.
///
/// While one batch commits, the next one gathers. Each write stands in a savepoint of its own, so that one that throws undoes
/// itself alone; each caller is answered after the commit. Writes run on a thread of their own, in the order in which they came.
final class GroupCommitter: Sendable {
    /// A write that waits: runs in a savepoint, and answers what is to be called after the commit.
    private struct PendingWrite: Sendable {
        var durability: WriteDurability
        var run: @Sendable (Database) throws -> @Sendable () -> Void
        var fail: @Sendable (any Error) -> Void
    }

    private struct Waiting {
        var writes: [PendingWrite] = []
        var isDraining = false
    }

    /// Bounds how long the first of a batch waits for the last.
    private static let maximumBatch = 256

    private let pool: DatabasePool
    private let path: String
    private let decoded: DecodedRecords
    private let queue = DispatchQueue(label: "countersign.store.commit")
    private let waiting = Mutex(Waiting())

    init(pool: DatabasePool, path: String, decoded: DecodedRecords) {
        self.pool = pool
        self.path = path
        self.decoded = decoded
    }

    func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                PendingWrite(
                    durability: durability,
                    run: { [decoded] database in
                        let result = try body(RecordAccess(database: database, decoded: decoded))
                        return { continuation.resume(returning: result) }
                    },
                    fail: { continuation.resume(throwing: $0) }))
        }
    }

    private func enqueue(_ write: PendingWrite) {
        let isFirst = waiting.withLock { waiting in
            waiting.writes.append(write)
            defer { waiting.isDraining = true }
            return !waiting.isDraining
        }
        if isFirst { queue.async { self.drain() } }
    }

    private func drain() {
        while true {
            let batch = waiting.withLock { waiting -> [PendingWrite] in
                let batch = Array(waiting.writes.prefix(Self.maximumBatch))
                waiting.writes.removeFirst(batch.count)
                if batch.isEmpty { waiting.isDraining = false }
                return batch
            }
            if batch.isEmpty { return }
            commit(batch)
        }
    }

    private func commit(_ batch: [PendingWrite]) {
        var answers: [@Sendable () -> Void] = []
        do {
            let isSynced = batch.contains { $0.durability == .synced }
            try pool.writeWithoutTransaction { database in
                // A sync covers what was committed before it as well. SQLite syncs by itself where it moves the log into the file.
                try database.execute(sql: "PRAGMA synchronous = \(isSynced ? "FULL" : "NORMAL")")
                try database.beginTransaction(.immediate)
                do {
                    for write in batch { answers.append(try run(write, in: database)) }
                    try database.commit()
                } catch {
                    if database.isInsideTransaction { try? database.rollback() }
                    throw error
                }
            }
        } catch {
            let failure = StoreError(error, path: path)
            for write in batch { write.fail(failure) }
            return
        }
        for answer in answers { answer() }
    }

    /// - Throws: where the whole transaction is lost: SQLite ends it itself when the disk is full or fails.
    private func run(_ write: PendingWrite, in database: Database) throws -> @Sendable () -> Void {
        var answer: (@Sendable () -> Void)?
        do {
            try database.inSavepoint {
                answer = try write.run(database)
                return .commit
            }
        } catch {
            guard database.isInsideTransaction else { throw error }
            let failure: any Error = error is DatabaseError ? StoreError(error, path: path) : error
            return { write.fail(failure) }
        }
        return answer ?? { write.fail(StoreError.failed("a write was not run")) }
    }
}
