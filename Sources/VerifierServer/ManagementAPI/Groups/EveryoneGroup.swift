// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging

/// The group that every user is in who was not deleted, as Okta's organisations have one: of the type `BUILT_IN`, with the name
/// `Everyone`.
///
/// Nobody's membership is stored, so that none can be missing. Its id is the same everywhere, so that policies that name it can be
/// brought from one verifier to another.
enum EveryoneGroup {
    /// Its id.
    static let id = "00geveryone00000000000000"
    /// Its name.
    static let name = "Everyone"
    /// Its name while a group of an administrator's, older than this one, has the first. Expressions that name that group meant its own
    /// members: they must not mean everybody of a sudden.
    static let otherName = "Everyone (built-in)"

    private static let description = "All users of this organisation"
    private static let logger = Logger(label: "verifier")

    /// The group; `nil` in a store that no verifier has opened since there is one.
    static func find(in reader: any StoreReader) throws -> GroupRecord? {
        try reader.record(GroupRecord.self, id: id)
    }

    /// Makes the group in a store that has none, and gives it its own name as soon as no other group has that.
    static func prepare(_ store: any VerifierStore, at now: Int64) async throws {
        let known = try await store.read { try find(in: $0) }
        if known?.name == name { return }
        let name = try await store.write { try prepare(in: $0, at: now).name }
        guard name != Self.name else { return }
        logger.warning(
            "a group of yours is called '\(Self.name)', so that the one that everybody is in is called '\(name)'; rename yours"
        )
    }

    private static func prepare(in writer: any StoreWriter, at now: Int64) throws -> GroupRecord {
        var group =
            try find(in: writer)
            ?? GroupRecord(
                id: id, kind: .builtIn, name: name, description: description, createdAt: now, updatedAt: now,
                membersChangedAt: now)
        // Whatever names there are, one of these is free.
        let others = (2...GroupRecord.maximumCount + 2).lazy.map { "\(otherName.dropLast()) \($0))" }
        for candidate in [name, otherName] + others where try !isTaken(candidate, in: writer) {
            group.name = candidate
            break
        }
        try writer.save(group)
        return group
    }

    private static func isTaken(_ name: String, in reader: any StoreReader) throws -> Bool {
        try reader.records(GroupRecord.self, where: .unique, is: name.lowercased()).contains { $0.id != id }
    }
}
