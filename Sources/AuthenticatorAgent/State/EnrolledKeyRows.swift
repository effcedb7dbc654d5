// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import SQLiteDatabase

/// How the keys of enrolments stand in the tables of ``EnrollmentSchema``.
///
/// The first key of a purpose is the confirmed one of the lowest position: where that one is removed, the next takes its place.
struct EnrolledKeyRows {
    let connection: SQLiteConnection

    /// The keys of one enrolment.
    struct Keys {
        var first: [KeyPurpose: StoredKey] = [:]
        var spares: [EnrolledSpare] = []
        var names: [String: String] = [:]
        var attested: [String: Bool] = [:]

        fileprivate mutating func take(_ spare: EnrolledSpare, named name: String?) {
            names[spare.id] = name
            if spare.isConfirmed, first[spare.key.purpose] == nil {
                first[spare.key.purpose] = spare.key
            } else {
                spares.append(spare)
            }
        }
    }

    /// The keys of all enrolments, by the enrolments' ids.
    func all() throws -> [String: Keys] {
        var keys: [String: Keys] = [:]
        for row in try connection.execute(
            """
            SELECT enrollment_id, purpose, id, kind, public_key, handle, name, confirmed, code_hash, attested
            FROM stored_key ORDER BY enrollment_id, purpose, position
            """)
        {
            let spare = EnrolledSpare(
                key: try EnrollmentRows.key(of: row), isConfirmed: try row.integer(7) == 1,
                codeHash: row.columns[8] == .null ? nil : try row.blob(8))
            let owner = try row.text(0)
            keys[owner, default: Keys()].take(spare, named: row.columns[6] == .null ? nil : try row.text(6))
            if row.columns[9] != .null { keys[owner]?.attested[spare.id] = try row.integer(9) == 1 }
        }
        return keys
    }

    /// Adds a key after all others of its purpose.
    func insert(_ spare: EnrolledSpare, named name: String?, to enrollmentID: String) throws {
        try connection.execute(
            """
            INSERT INTO stored_key (enrollment_id, purpose, id, kind, public_key, handle, name, confirmed, code_hash, position)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, COALESCE(MAX(position) + 1, 0)
            FROM stored_key WHERE enrollment_id = ?1 AND purpose = ?2
            """,
            try EnrollmentRows.values(of: spare.key, belongingTo: enrollmentID) + [
                name.map { .text($0) } ?? .null, .integer(spare.isConfirmed ? 1 : 0),
                spare.codeHash.map { .blob($0) } ?? .null,
            ])
    }

    func confirm(_ id: String) throws {
        try connection.execute("UPDATE stored_key SET confirmed = 1 WHERE id = ?", [.text(id)])
    }

    func note(attested: [String: Bool]) throws {
        for (id, isAttested) in attested {
            try connection.execute(
                "UPDATE stored_key SET attested = ? WHERE id = ?", [.integer(isAttested ? 1 : 0), .text(id)])
        }
    }

    func name(_ id: String, _ name: String) throws {
        try connection.execute("UPDATE stored_key SET name = ? WHERE id = ?", [.text(name), .text(id)])
    }

    /// Removes a key that the enrolment can be without; whether it is gone.
    func delete(_ id: String) throws -> Bool {
        let found = try connection.execute(
            "SELECT enrollment_id, purpose, confirmed FROM stored_key WHERE id = ?", [.text(id)])
        guard let row = found.first else { return true }
        let isConfirmed = try row.integer(2) == 1
        let others = try connection.execute(
            "SELECT 1 FROM stored_key WHERE enrollment_id = ? AND purpose = ? AND confirmed = 1 AND id <> ?",
            [row.columns[0], row.columns[1], .text(id)])
        let canGo =
            switch KeyPurpose(rawValue: try row.text(1)) {
            case .userVerification?: true
            case .proofOfPossession?: !isConfirmed || !others.isEmpty
            case .clientInstance?, nil: false
            }
        guard canGo else { return false }
        try connection.execute("DELETE FROM stored_key WHERE id = ?", [.text(id)])
        return true
    }
}
