// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors

/// A database on a thread of its own: its file is never read or written on the cooperative pool.
package actor SQLiteDatabase {
    private let executor: BlockingSerialExecutor
    private let connection: SQLiteConnection

    /// The executor on which all work runs; an actor that lives on it, too, calls this one without a change of threads.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(executor: BlockingSerialExecutor, connection: SQLiteConnection) {
        self.executor = executor
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
        let executor = BlockingSerialExecutor(label: "sqlite")
        return try await withCheckedThrowingContinuation { continuation in
            executor.run {
                continuation.resume(
                    with: Result {
                        let connection = try SQLiteConnection(path: path, busyTimeoutMillis: busyTimeoutMillis)
                        try connection.migrate(migrations)
                        return SQLiteDatabase(executor: executor, connection: connection)
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
