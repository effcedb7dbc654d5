// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import GRDB

/// Looks up and changes records within a transaction of SQLite.
struct RecordAccess: StoreWriter {
    let database: Database
    let decoded: DecodedRecords

    func record<Record: StoredRecord>(_ type: Record.Type, id: String) throws -> Record? {
        let statement = try database.cachedStatement(sql: "SELECT body FROM record WHERE collection = ? AND id = ?")
        return try Data.fetchOne(statement, arguments: [Record.collection, id])
            .map { try decoded.record(type, id: id, body: $0) }
    }

    func records<Record: StoredRecord>(
        _ type: Record.Type, where slot: IndexSlot, is key: String
    ) throws -> [Record] {
        let statement = try database.cachedStatement(
            sql: "SELECT id, body FROM record WHERE collection = ? AND key_\(slot.rawValue) = ? ORDER BY id")
        return try records(type, of: statement, arguments: [Record.collection, key])
    }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] {
        let statement = try database.cachedStatement(
            sql: "SELECT id, body FROM record WHERE collection = ? ORDER BY id")
        return try records(type, of: statement, arguments: [Record.collection])
    }

    func page<Record: StoredRecord>(_ type: Record.Type, _ page: RecordPage) throws -> [Record] {
        var sql = "SELECT id, body FROM record WHERE collection = ?"
        var arguments: [any DatabaseValueConvertible] = [Record.collection]
        if let key = page.key {
            sql += " AND key_\(key.slot.rawValue) = ?"
            arguments.append(key.value)
        }
        if let after = page.after {
            sql += " AND id > ?"
            arguments.append(after)
        }
        if let before = page.before {
            sql += " AND id < ?"
            arguments.append(before)
        }
        sql += " ORDER BY id \(page.isDescending ? "DESC" : "ASC") LIMIT ?"
        arguments.append(max(0, page.limit))
        return try records(
            type, of: try database.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    private func records<Record: StoredRecord>(
        _ type: Record.Type, of statement: Statement, arguments: StatementArguments
    ) throws -> [Record] {
        try Row.fetchAll(statement, arguments: arguments).map { try decoded.record(type, id: $0[0], body: $0[1]) }
    }

    func insert(_ record: some StoredRecord) throws {
        try put(
            record,
            sql: """
                INSERT INTO record (collection, id, key_unique, key_first, key_second, expires_at, body)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
    }

    func save(_ record: some StoredRecord) throws {
        try put(
            record,
            sql: """
                INSERT INTO record (collection, id, key_unique, key_first, key_second, expires_at, body)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (collection, id) DO UPDATE SET key_unique = excluded.key_unique,
                key_first = excluded.key_first, key_second = excluded.key_second, expires_at = excluded.expires_at,
                body = excluded.body
                """)
    }

    @discardableResult
    func delete<Record: StoredRecord>(_ type: Record.Type, id: String) throws -> Bool {
        let statement = try database.cachedStatement(sql: "DELETE FROM record WHERE collection = ? AND id = ?")
        try statement.execute(arguments: [Record.collection, id])
        return database.changesCount > 0
    }

    @discardableResult
    func sweep(before time: Int64, limit: Int) throws -> Int {
        let statement = try database.cachedStatement(
            sql: "DELETE FROM record WHERE rowid IN (SELECT rowid FROM record WHERE expires_at < ? LIMIT ?)")
        try statement.execute(arguments: [time, limit])
        return database.changesCount
    }

    private func put<Record: StoredRecord>(_ record: Record, sql: String) throws {
        let keys = record.indexKeys
        let body = try JSONEncoder().encode(record)
        do {
            try database.cachedStatement(sql: sql).execute(arguments: [
                Record.collection, record.id, keys[.unique], keys[.first], keys[.second], record.expiresAt, body,
            ])
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw StoreError.alreadyExists(collection: Record.collection)
        }
        decoded.remember(record, body: body)
    }
}
