// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Where the verifier keeps its state: records by collection and id, changed in transactions.
///
/// Of two writes one sees all of the other or nothing, and what one saw lasts no shorter than what it changed itself.
package protocol VerifierStore: Sendable {
    /// Reads at one point in time.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result

    /// Changes all or nothing: an error that `body` throws undoes what it did.
    func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result

    /// Looks whether the store answers, and whether what it holds is of this version.
    ///
    /// - Throws: ``StoreError``.
    func check() async throws
}

extension VerifierStore {
    package func check() async throws { try await read { _ in } }

    /// Changes all or nothing, and returns when the disk has it.
    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        try await write(.synced, body)
    }
}

/// What a write waits for.
package enum WriteDurability: Hashable, Sendable {
    /// The disk: what was changed survives a loss of power.
    case synced
    /// The operating system: it survives the end of this process, and a loss of power may take back the last seconds of such
    /// writes. For what may be lost without harm, such as a sign-in that has only begun.
    case buffered
}

/// What can be looked up within a transaction.
package protocol StoreReader {
    /// The record of an id, where there is one. Expired records that were not yet swept are found: compare times yourself.
    func record<Record: StoredRecord>(_ type: Record.Type, id: String) throws -> Record?

    /// The records whose index key of this slot has this value, by ascending id.
    func records<Record: StoredRecord>(_ type: Record.Type, where slot: IndexSlot, is key: String) throws -> [Record]

    /// All records of a collection, by ascending id.
    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record]

    /// Some records of a collection by their ids, for lists that are told in pages.
    func page<Record: StoredRecord>(_ type: Record.Type, _ page: RecordPage) throws -> [Record]
}

/// What can be changed within a transaction.
package protocol StoreWriter: StoreReader {
    /// Adds a record.
    ///
    /// - Throws: ``StoreError/alreadyExists`` where the id, or a unique index key, is taken.
    func insert(_ record: some StoredRecord) throws

    /// Replaces a record, or adds it.
    func save(_ record: some StoredRecord) throws

    /// Removes a record; whether there was one.
    @discardableResult
    func delete<Record: StoredRecord>(_ type: Record.Type, id: String) throws -> Bool

    /// Removes records of all collections whose `expiresAt` lies before a time in seconds since 1970, at most so many; how many.
    @discardableResult
    func sweep(before time: Int64, limit: Int) throws -> Int
}

/// A kind of record.
package protocol StoredRecord: Codable, Sendable, Identifiable where ID == String {
    /// The collection's name, which is stored: never change one that was released.
    static var collection: String { get }
    /// The keys under which the record is found besides its id.
    var indexKeys: [IndexSlot: String] { get }
    /// When the record may be swept, in seconds since 1970; `nil` for never.
    var expiresAt: Int64? { get }
    /// Whether a decoded record is kept in memory for the next look: not what is written often and read seldom.
    static var isRemembered: Bool { get }
}

extension StoredRecord {
    package var indexKeys: [IndexSlot: String] { [:] }
    package var expiresAt: Int64? { nil }
    package static var isRemembered: Bool { true }
}

/// A slot for an index key of a record.
package enum IndexSlot: String, Hashable, Sendable, CaseIterable {
    /// A key that at most one record of the collection has.
    case unique
    /// A key that records share, such as their user.
    case first
    /// Another key that records share.
    case second
}

/// Why the store refused.
package enum StoreError: Error, Hashable, Sendable {
    /// A record of this id or unique key exists.
    case alreadyExists(collection: String)
    /// The disk is full.
    case diskFull
    /// The file is not a database, or was damaged.
    case damaged(path: String)
    /// The state was written by a newer version of this program.
    case newerVersion(path: String)
    /// Anything else, in the database's words.
    case failed(String)
}
