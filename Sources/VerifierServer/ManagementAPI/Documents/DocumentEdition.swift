// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The name of what all documents say at one time. Every change of a document replaces it, in the change's own transaction.
///
/// So one look at the store tells whether what was made of the documents still counts, whichever process changed them. The name is
/// random: a number that a change took which was undone would come again, for other documents.
struct DocumentEdition: StoredRecord, Hashable {
    static let collection = "document_edition"
    private static let onlyID = "current"

    let name: String

    var id: String { Self.onlyID }

    private enum CodingKeys: String, CodingKey {
        case name
    }

    /// The edition that counts; `nil` as long as no document was changed by a version that knows editions.
    static func current(in reader: any StoreReader) throws -> DocumentEdition? {
        try reader.record(DocumentEdition.self, id: onlyID)
    }

    /// Says that a document changed.
    static func renew(in writer: any StoreWriter) throws {
        try writer.save(DocumentEdition(name: try SecureRandom.identifier()))
    }
}
