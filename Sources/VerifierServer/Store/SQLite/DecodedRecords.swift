// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The records that were read or written last, decoded. One counts only for the very bytes that the database holds, so that
/// it never hides what another process wrote or what was rolled back.
final class DecodedRecords: Sendable {
    private struct Key: Hashable {
        var collection: String
        var id: String
    }

    private struct Entry {
        var body: Data
        var record: any StoredRecord
    }

    private let entries = BoundedCache<Key, Entry>(limit: 4000)

    /// The record of a body, decoded where it is not known.
    ///
    /// - Throws: ``StoreError`` where the body is none of this kind.
    func record<Record: StoredRecord>(_ type: Record.Type, id: String, body: Data) throws -> Record {
        let known = entries[Key(collection: Record.collection, id: id)]
        if let known, known.body == body, let record = known.record as? Record { return record }
        guard let record = try? JSONDecoder().decode(type, from: body) else {
            throw StoreError.failed("a record of \(Record.collection) in the store cannot be read")
        }
        remember(record, body: body)
        return record
    }

    /// Remembers a record that was encoded to a body.
    func remember<Record: StoredRecord>(_ record: Record, body: Data) {
        guard Record.isRemembered else { return }
        entries.remember(Entry(body: body, record: record), for: Key(collection: Record.collection, id: record.id))
    }
}
