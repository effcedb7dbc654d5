// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import SQLiteDatabase
internal import WireProtocol

/// How enrolments stand in the tables of ``EnrollmentSchema``.
struct EnrollmentRows {
    let connection: SQLiteConnection

    func all() throws -> [Enrollment] {
        let keys = try EnrolledKeyRows(connection: connection).all()
        return try connection.execute(
            """
            SELECT id, method_id, issuer, organization_id, organization_name, user_id, username, device_id,
                client_instance_id, pinned_key_set, created_at, code_hash
            FROM enrollment ORDER BY organization_name, username, created_at, id
            """
        ).map { row in
            try Self.enrollment(of: row, keys: keys[try row.text(0)] ?? EnrolledKeyRows.Keys())
        }
    }

    func insert(_ enrollment: Enrollment) throws {
        try connection.execute(
            """
            INSERT INTO enrollment (id, method_id, issuer, organization_id, organization_name, user_id, username,
                device_id, client_instance_id, pinned_sequence, pinned_key_set, created_at, code_hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(enrollment.id), .text(enrollment.methodID), .text(enrollment.issuer),
                .text(enrollment.organizationID), .text(enrollment.organizationName), .text(enrollment.userID),
                .text(enrollment.username), .text(enrollment.deviceID), .text(enrollment.clientInstanceID),
                .integer(Int64(enrollment.pinned.sequence)), .blob(try JSON.encode(enrollment.pinned)),
                .integer(enrollment.createdAt), enrollment.codeHash.map { .blob($0) } ?? .null,
            ])
        let firsts = enrollment.firstKeys.map { EnrolledSpare(key: $0, isConfirmed: true) }
        for spare in firsts + enrollment.spares {
            try EnrolledKeyRows(connection: connection).insert(
                spare, named: enrollment.keyNames[spare.id], to: enrollment.id)
        }
        try EnrolledKeyRows(connection: connection).note(attested: enrollment.attested)
    }

    func delete(id: String) throws {
        try connection.execute("DELETE FROM enrollment WHERE id = ?", [.text(id)])
    }

    func advance(issuer: String, from sequence: Int, to pinned: PinnedKeySet) throws {
        try connection.execute(
            "UPDATE enrollment SET pinned_sequence = ?, pinned_key_set = ? WHERE issuer = ? AND pinned_sequence = ?",
            [
                .integer(Int64(pinned.sequence)), .blob(try JSON.encode(pinned)), .text(issuer),
                .integer(Int64(sequence)),
            ])
    }

    static func values(of key: StoredKey, belongingTo owner: String) throws -> [SQLiteValue] {
        [
            .text(owner), .text(key.purpose.rawValue), .text(key.id), .text(key.kind.rawValue),
            .blob(try JSON.encode(JWK(keyID: key.id, publicKey: key.publicKey))), .blob(key.handle),
        ]
    }

    static func key(of row: SQLiteRow) throws -> StoredKey {
        guard let purpose = KeyPurpose(rawValue: try row.text(1)), let kind = KeyKind(rawValue: try row.text(3)) else {
            throw SQLiteError(.corrupt, "the state holds a key of an unknown kind; update this program")
        }
        let jwk = try JSON.decode(JWK.self, from: try row.blob(4))
        return StoredKey(
            id: try row.text(2), kind: kind, purpose: purpose, publicKey: jwk.publicKey, handle: try row.blob(5))
    }

    private static func enrollment(of row: SQLiteRow, keys: EnrolledKeyRows.Keys) throws -> Enrollment {
        guard let proofOfPossession = keys.first[.proofOfPossession], let clientInstance = keys.first[.clientInstance]
        else {
            throw SQLiteError(.corrupt, "the state holds an enrolment without its keys; enrol this device again")
        }
        return Enrollment(
            id: try row.text(0), methodID: try row.text(1), issuer: try row.text(2), organizationID: try row.text(3),
            organizationName: try row.text(4), userID: try row.text(5), username: try row.text(6),
            deviceID: try row.text(7), clientInstanceID: try row.text(8),
            pinned: try JSON.decode(PinnedKeySet.self, from: try row.blob(9)), proofOfPossession: proofOfPossession,
            userVerification: keys.first[.userVerification], clientInstance: clientInstance,
            createdAt: try row.integer(10), codeHash: row.columns[11] == .null ? nil : try row.blob(11),
            spares: keys.spares, keyNames: keys.names, attested: keys.attested)
    }
}
