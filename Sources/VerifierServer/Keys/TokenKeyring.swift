// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography
package import WireProtocol

/// The keys that sign ID tokens, one for each algorithm, and the set by which clients check them.
package actor TokenKeyring {
    /// What ID tokens can be signed by.
    package static let algorithms: [SignatureAlgorithm] = [.rs256, .es256]
    /// For how many seconds the public half of a replaced key is still told: a week, so that an ID token that is shown at
    /// logout is still known.
    package static let retention: Int64 = 7 * 24 * 3600
    /// See ``ChallengeKeyring/rereadInterval``.
    static let rereadInterval: Duration = .seconds(5)

    private struct Loaded {
        var signers: [SignatureAlgorithm: InMemorySigner]
        var records: [SigningKeyRecord]
        var readAt: ContinuousClock.Instant
    }

    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog
    private let sealing: SealingKey
    private var loaded: Loaded?

    /// The keyring in a store.
    package init(store: any VerifierStore, clock: VerifierClock, audit: AuditLog, sealing: SealingKey) {
        self.store = store
        self.clock = clock
        self.audit = audit
        self.sealing = sealing
    }

    /// Makes the first keys where there are none.
    package func prepare() async throws {
        for purpose in [SigningKeyRecord.Purpose.tokenRS256, .tokenES256] {
            let isMissing = try await store.read { reader in
                try reader.records(SigningKeyRecord.self, where: .first, is: purpose.rawValue).isEmpty
            }
            guard isMissing else { continue }
            let key = try SigningKeyRecord(purpose: purpose, at: clock.now(), sealedBy: sealing)
            try await store.write { writer in
                guard try writer.records(SigningKeyRecord.self, where: .first, is: purpose.rawValue).isEmpty else {
                    return
                }
                try writer.insert(key)
            }
        }
        loaded = nil
    }

    /// The signer of ID tokens of an algorithm.
    package func signer(for algorithm: SignatureAlgorithm) async throws -> any JWSSigner {
        guard let signer = try await current().signers[algorithm] else { throw KeyringError.cannotOpen }
        return signer
    }

    /// The public keys that ID tokens are checked with: the current ones first, then those that were replaced within
    /// ``retention``.
    package func jwkSet() async throws -> JWKSet {
        let oldest = clock.now() - Self.retention
        return JWKSet(
            keys: try await current().records
                .filter { record in record.retiredAt.map { $0 > oldest } ?? true }
                .sorted {
                    ($0.retiredAt == nil ? 0 : 1, -$0.createdAt, $0.id) < (
                        $1.retiredAt == nil ? 0 : 1, -$1.createdAt, $1.id
                    )
                }
                .map(\.publicKey))
    }

    /// Replaces both keys; the old public halves are told for ``retention`` more.
    package func rotate() async throws {
        let now = clock.now()
        let fresh = [
            try SigningKeyRecord(purpose: .tokenRS256, at: now, sealedBy: sealing),
            try SigningKeyRecord(purpose: .tokenES256, at: now, sealedBy: sealing),
        ]
        let event = AuditEvent(
            .keyRotation, outcome: .success,
            debugData: ["keyIds": fresh.map(\.id).joined(separator: " "), "use": "token"])
        try await store.write(telling: audit, { _ in [event] }) { writer in
            for key in fresh {
                for var old in try writer.records(SigningKeyRecord.self, where: .first, is: key.purpose.rawValue) {
                    if let retiredAt = old.retiredAt {
                        if retiredAt <= now - Self.retention { try writer.delete(SigningKeyRecord.self, id: old.id) }
                    } else {
                        old.retiredAt = now
                        try writer.save(old)
                    }
                }
                try writer.insert(key)
            }
        }
        loaded = nil
    }

    private func current() async throws -> Loaded {
        if let loaded, loaded.readAt.duration(to: .now) < Self.rereadInterval { return loaded }
        let records = try await store.read { reader in
            try [SigningKeyRecord.Purpose.tokenRS256, .tokenES256].flatMap {
                try reader.records(SigningKeyRecord.self, where: .first, is: $0.rawValue)
            }
        }
        var signers: [SignatureAlgorithm: InMemorySigner] = [:]
        for record in records where record.retiredAt == nil {
            let algorithm = record.publicKey.publicKey.algorithm
            let known = loaded?.signers[algorithm]
            signers[algorithm] = known?.keyID == record.id ? known : try record.signer(openedBy: sealing)
        }
        let fresh = Loaded(signers: signers, records: records, readAt: .now)
        loaded = fresh
        return fresh
    }
}
