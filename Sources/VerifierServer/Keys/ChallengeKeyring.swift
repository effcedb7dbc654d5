// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// The keys that sign challenges, and the chain of announcements by which agents follow their changes.
package actor ChallengeKeyring {
    /// For how many seconds a replaced key stays announced at least: longer than any challenge that it signed counts.
    static let overlap: Int64 = 2 * ChallengeClaims.lifetime
    /// How long a key set that was read is used before the store is asked again: another process may have changed it.
    static let rereadInterval: Duration = .seconds(5)
    /// The most announcements that are told at once.
    static let announcementsPerAnswer = 64

    private struct Loaded {
        var link: KeySetRecord
        var signer: InMemorySigner
        var readAt: ContinuousClock.Instant
    }

    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog
    private let sealing: SealingKey
    private let issuer: String
    private let organizationID: String
    private let allowedOrigins: [Origin]
    private var loaded: Loaded?

    /// The keyring of an organisation.
    package init(
        store: any VerifierStore, clock: VerifierClock, audit: AuditLog, sealing: SealingKey,
        settings: VerifierSettings
    ) {
        self.store = store
        self.clock = clock
        self.audit = audit
        self.sealing = sealing
        issuer = settings.issuer
        organizationID = settings.organizationID
        allowedOrigins = settings.challengeOrigins
    }

    /// Makes the first key where there is none, and announces the configured origins where they changed.
    ///
    /// Origins are announced together with a new key: agents ask for announcements when they meet a key that they do not know.
    package func prepare() async throws {
        guard let link = try await store.read({ try KeySetHead.record(in: $0) }) else { return try await makeFirst() }
        if Set(link.claims.allowedOrigins) != Set(allowedOrigins) { try await rotate() }
    }

    /// The signer of new challenges.
    package func currentSigner() async throws -> InMemorySigner { try await current().signer }

    /// The set that enrolments pin.
    package func pinnedKeySet() async throws -> PinnedKeySet {
        let claims = try await current().link.claims
        return PinnedKeySet(sequence: claims.sequence, keys: claims.keys, allowedOrigins: claims.allowedOrigins)
    }

    /// The announcements after a number, by ascending number, at most 64.
    package func announcements(after sequence: Int) async throws -> KeySetAnnouncements {
        guard sequence >= 0, sequence < Int(Int32.max) else { return KeySetAnnouncements(announcements: []) }
        let links = try await store.read { reader in
            var links: [String] = []
            for number in (sequence + 1)...(sequence + Self.announcementsPerAnswer) {
                guard let link = try reader.record(KeySetRecord.self, id: KeySetRecord.id(of: number)) else { break }
                links.append(link.announcement)
            }
            return links
        }
        return KeySetAnnouncements(announcements: links)
    }

    /// Makes the next key, which signs from now on, and announces it signed by the one before; answers the link's number.
    ///
    /// The announced set holds the new key, the one before, and those that were replaced within the last ten minutes.
    @discardableResult
    package func rotate() async throws -> Int {
        while true {
            loaded = nil
            let link = try await current().link
            let signer = try await current().signer
            let now = clock.now()
            let next = try SigningKeyRecord(purpose: .challenge, at: now, sealedBy: sealing)
            let claims = KeySetClaims(
                issuer: issuer, organizationID: organizationID, sequence: link.claims.sequence + 1, issuedAt: now,
                keys: try await keys(after: link, adding: next, at: now), allowedOrigins: allowedOrigins)
            let record = KeySetRecord(
                claims: claims, announcement: try await signer.compactJWS(claims, type: TokenType.keySet),
                currentKeyID: next.id)
            if try await append(record, key: next, replacing: link, at: now) {
                loaded = nil
                return claims.sequence
            }
        }
    }

    /// False where another process appended a link meanwhile.
    private func append(
        _ record: KeySetRecord, key: SigningKeyRecord, replacing link: KeySetRecord, at now: Int64
    ) async throws -> Bool {
        let event = AuditEvent(
            .keyRotation, outcome: .success,
            debugData: ["sequence": "\(record.claims.sequence)", "keyId": key.id, "use": "challenge"])
        return try await store.write(telling: audit, { isAppended in isAppended ? [event] : [] }) { writer in
            guard try KeySetHead.record(in: writer)?.id == link.id else { return false }
            if var old = try writer.record(SigningKeyRecord.self, id: link.currentKeyID) {
                old.retiredAt = now
                try writer.save(old)
            }
            try writer.insert(key)
            try writer.insert(record)
            try writer.save(KeySetHead(sequence: record.claims.sequence))
            return true
        }
    }

    private func keys(after link: KeySetRecord, adding next: SigningKeyRecord, at now: Int64) async throws -> [JWK] {
        let stored = try await store.read {
            try $0.records(SigningKeyRecord.self, where: .first, is: SigningKeyRecord.Purpose.challenge.rawValue)
        }
        let retired = Dictionary(stored.map { ($0.id, $0.retiredAt) }) { first, _ in first }
        let kept = link.claims.keys.filter { key in
            guard let id = key.keyID else { return false }
            guard let retiredAt = retired[id] ?? nil else { return id == link.currentKeyID }
            return retiredAt > now - Self.overlap
        }
        return [next.publicKey] + kept.prefix(7)
    }

    private func makeFirst() async throws {
        let now = clock.now()
        let key = try SigningKeyRecord(purpose: .challenge, at: now, sealedBy: sealing)
        let claims = KeySetClaims(
            issuer: issuer, organizationID: organizationID, sequence: 1, issuedAt: now, keys: [key.publicKey],
            allowedOrigins: allowedOrigins)
        let announcement = try await key.signer(openedBy: sealing).compactJWS(claims, type: TokenType.keySet)
        try await store.write { writer in
            guard try KeySetHead.record(in: writer) == nil else { return }
            try writer.insert(key)
            try writer.insert(KeySetRecord(claims: claims, announcement: announcement, currentKeyID: key.id))
            try writer.save(KeySetHead(sequence: 1))
        }
    }

    private func current() async throws -> Loaded {
        if let loaded, loaded.readAt.duration(to: .now) < Self.rereadInterval { return loaded }
        let read = try await store.read { reader -> (KeySetRecord, SigningKeyRecord)? in
            guard let link = try KeySetHead.record(in: reader),
                let key = try reader.record(SigningKeyRecord.self, id: link.currentKeyID)
            else { return nil }
            return (link, key)
        }
        guard let (link, key) = read else { throw KeyringError.brokenChain }
        if var same = loaded, same.link.id == link.id {
            same.readAt = .now
            loaded = same
            return same
        }
        let fresh = Loaded(link: link, signer: try key.signer(openedBy: sealing), readAt: .now)
        loaded = fresh
        return fresh
    }
}
