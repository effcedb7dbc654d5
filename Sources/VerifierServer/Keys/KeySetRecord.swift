// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// A link of the chain of announcements of challenge keys.
struct KeySetRecord: StoredRecord {
    static let collection = "key_sets"

    /// The link's number with leading zeros, so that ids are in the order of numbers.
    let id: String
    /// What it announces.
    let claims: KeySetClaims
    /// The announcement: signed by the link before, the first one by itself.
    let announcement: String
    /// The key that signs from this link on.
    let currentKeyID: String

    init(claims: KeySetClaims, announcement: String, currentKeyID: String) {
        id = Self.id(of: claims.sequence)
        self.claims = claims
        self.announcement = announcement
        self.currentKeyID = currentKeyID
    }

    static func id(of sequence: Int) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }
}

/// The number of the last link; changed with the link in one transaction.
struct KeySetHead: StoredRecord {
    static let collection = "key_set_head"

    var id: String { "head" }
    var sequence: Int

    private enum CodingKeys: String, CodingKey {
        case sequence
    }

    static func record(in reader: any StoreReader) throws -> KeySetRecord? {
        guard let head = try reader.record(KeySetHead.self, id: "head") else { return nil }
        guard let link = try reader.record(KeySetRecord.self, id: KeySetRecord.id(of: head.sequence)) else {
            throw KeyringError.brokenChain
        }
        return link
    }
}
