// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import SQLiteDatabase
internal import WireProtocol

/// How pending enrolments stand in the tables of ``EnrollmentSchema``.
struct PendingEnrollmentRows {
    let connection: SQLiteConnection

    func all() throws -> [PendingEnrollment] {
        var keys: [String: [StoredKey]] = [:]
        for row in try connection.execute("SELECT request_id, purpose, id, kind, public_key, handle FROM pending_key") {
            keys[try row.text(0), default: []].append(try EnrollmentRows.key(of: row))
        }
        return try connection.execute(
            """
            SELECT request_id, issuer, endpoint, organization_id, organization_name, pinned_key_set, request, code_hash,
                created_at
            FROM pending_enrollment ORDER BY created_at, request_id
            """
        ).map { row in
            guard let keys = NewKeys(keys[try row.text(0)] ?? []) else {
                throw SQLiteError(.corrupt, "the state holds an interrupted enrolment without its keys")
            }
            return PendingEnrollment(
                requestID: try row.text(0), issuer: try row.text(1), endpoint: try row.text(2),
                organizationID: try row.text(3), organizationName: try row.text(4),
                pinned: try JSON.decode(PinnedKeySet.self, from: try row.blob(5)), request: try row.blob(6), keys: keys,
                codeHash: row.columns[7] == .null ? nil : try row.blob(7), createdAt: try row.integer(8))
        }
    }

    func insert(_ pending: PendingEnrollment) throws {
        try connection.execute(
            """
            INSERT INTO pending_enrollment (request_id, issuer, endpoint, organization_id, organization_name,
                pinned_key_set, request, code_hash, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(pending.requestID), .text(pending.issuer), .text(pending.endpoint),
                .text(pending.organizationID), .text(pending.organizationName),
                .blob(try JSON.encode(pending.pinned)), .blob(pending.request),
                pending.codeHash.map { .blob($0) } ?? .null, .integer(pending.createdAt),
            ])
        for key in pending.keys.all {
            try connection.execute(
                "INSERT INTO pending_key (request_id, purpose, id, kind, public_key, handle) VALUES (?, ?, ?, ?, ?, ?)",
                try EnrollmentRows.values(of: key, belongingTo: pending.requestID))
        }
    }

    /// Removes one; whether it was there.
    func delete(_ requestID: String) throws -> Bool {
        try connection.execute("DELETE FROM pending_enrollment WHERE request_id = ?", [.text(requestID)])
        return connection.changes > 0
    }
}
