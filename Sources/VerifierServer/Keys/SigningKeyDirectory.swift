// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// The verifier's own keys, for the administrator at the command line.
package struct SigningKeyDirectory: Sendable {
    /// A key, without its private half.
    package struct Entry: Hashable, Sendable, Encodable {
        /// Whether a key signs.
        package enum Status: String, Hashable, Sendable, Encodable {
            /// It signs.
            case current
            /// It signs no more, and what it signed is still checked with it.
            case checking
            /// Nothing is checked with it any more.
            case over
        }

        /// The key's name, as `kid` tells it.
        package let id: String
        /// What it signs: `challenge`, `tokenRS256` or `tokenES256`.
        package let use: String
        /// Whether it signs.
        package let status: Status
        /// When it was made.
        package let created: String
        /// When another took its place; `nil` where none did.
        package let replaced: String?
        /// Until when it is told, so that what it signed can be checked; `nil` for one that signs.
        package let toldUntil: String?
    }

    private let store: any VerifierStore
    private let clock: VerifierClock

    /// The keys in a store.
    init(store: any VerifierStore, clock: VerifierClock) {
        self.store = store
        self.clock = clock
    }

    /// All keys that are kept, by use, the newest first.
    package func list() async throws -> [Entry] {
        let now = clock.now()
        let records = try await store.read { try $0.all(SigningKeyRecord.self) }
        return records.sorted {
            ($0.purpose.rawValue, -$0.createdAt, $0.id) < ($1.purpose.rawValue, -$1.createdAt, $1.id)
        }
        .map { Self.entry($0, at: now) }
    }

    private static func entry(_ record: SigningKeyRecord, at now: Int64) -> Entry {
        let span = record.purpose == .challenge ? ChallengeKeyring.overlap : TokenKeyring.retention
        let end = record.retiredAt.map { $0 + span }
        return Entry(
            id: record.id, use: record.purpose.rawValue,
            status: end.map { $0 > now ? .checking : .over } ?? .current,
            created: Instant(seconds: record.createdAt).text,
            replaced: record.retiredAt.map { Instant(seconds: $0).text },
            toldUntil: end.map { Instant(seconds: $0).text })
    }
}
