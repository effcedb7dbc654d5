// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import KeyAttestations

/// The highest number of FIDO metadata that this verifier has read: an older file, in which a report may be missing, does not take
/// the place of a newer one.
struct MetadataEdition: StoredRecord {
    static let collection = "fido_metadata"

    var id: String { "last" }
    let number: Int

    private enum CodingKeys: String, CodingKey {
        case number
    }

    /// Keeps the number of metadata that are about to be used.
    ///
    /// - Throws: ``FIDOMetadataError/olderThanLast(number:last:)``, or ``StoreError``.
    static func take(_ metadata: FIDOMetadata, in writer: any StoreWriter) throws {
        let new = MetadataEdition(number: metadata.number)
        if let last = try writer.record(MetadataEdition.self, id: new.id) {
            try metadata.demandNoOlder(than: last.number)
            guard new.number > last.number else { return }
        }
        try writer.save(new)
    }
}
