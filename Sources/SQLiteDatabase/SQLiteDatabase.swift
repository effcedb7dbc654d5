// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// A database on a thread of its own: its file is never read or written on the cooperative pool.
package actor SQLiteDatabase {
    private let queue: DispatchQueueExecutor
    private let connection: SQLiteConnection

    /// The executor on which all work runs; an actor that lives on it, too, calls this one without a change of threads.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private init(queue: DispatchQueueExecutor, connection: SQLiteConnection) {
        self.queue = queue
        self.connection = connection
    }

    /// Opens a file, and makes it where it is missing, with mode 0600.
    ///
    /// - Parameter busyTimeoutMillis: how long to wait for another process's change to end.
    /// - Parameter migrations: what makes the tables, version by version; see ``SQLiteConnection/migrate(_:)``.
    /// - Throws: ``SQLiteError``.
    package static func open(
        _ path: String, busyTimeoutMillis: Int32 = 5000,
        migrations: [@Sendable (SQLiteConnection) throws -> Void] = []
    ) async throws -> SQLiteDatabase {
        let queue = DispatchQueueExecutor(label: "sqlite")
        return try await withCheckedThrowingContinuation { continuation in
            queue.queue.async {
                continuation.resume(
                    with: Result {
                        let connection = try SQLiteConnection(path: path, busyTimeoutMillis: busyTimeoutMillis)
                        try connection.migrate(migrations)
                        return SQLiteDatabase(queue: queue, connection: connection)
                    })
            }
        }
    }

    /// Runs statements, each by itself.
    @discardableResult
    package func read<Value: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> Value) throws -> Value {
        try body(connection)
    }

    /// Runs statements as one change: all or nothing, and on the disk when this returns.
    @discardableResult
    package func write<Value: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> Value) throws -> Value {
        try connection.transaction(body)
    }
}

/// Runs an actor's work on a dispatch queue.
final class DispatchQueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}
