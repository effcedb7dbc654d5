// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Logging

/// The outbox of notices: written with what they tell of, delivered after.
package struct NoticeService: Sendable {
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let command: NoticeCommand?
    private let logger = Logger(label: "notices")

    /// Notices that a command delivers, where there is one, and the sign-in page in any case.
    package init(store: any VerifierStore, clock: VerifierClock, command: [String]) {
        self.store = store
        self.clock = clock
        self.command = NoticeCommand(command)
    }

    /// Puts a notice into the outbox, within the transaction of what it tells of.
    func post(_ kind: Notice.Kind, to userID: String, text: String, in writer: any StoreWriter) throws {
        let now = clock.now()
        try writer.insert(
            Notice(
                id: try SecureRandom.identifier(), userID: userID, kind: kind, text: text, createdAt: now,
                awaitsDelivery: command != nil, nextAttemptAt: now))
    }

    /// The texts that the person has not seen yet, the oldest first, which count as seen from now on.
    package func takeForPage(userID: String) async throws -> [String] {
        let isEmpty = try await store.read { try $0.records(Notice.self, where: .first, is: userID).isEmpty }
        if isEmpty { return [] }
        let now = clock.now()
        return try await store.write { writer in
            let notices = try writer.records(Notice.self, where: .first, is: userID)
                .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            for var notice in notices {
                notice.seenAt = now
                try writer.save(notice)
            }
            return notices.map(\.text)
        }
    }

    /// Gives the command what waits for it; a notice that it does not take is tried again later, at most eight times.
    package func deliverPending() async throws {
        guard let command else { return }
        let now = clock.now()
        let waiting = try await store.read { reader in
            try reader.records(Notice.self, where: .second, is: Notice.awaiting)
                .filter { $0.nextAttemptAt <= now }
                .map { (notice: $0, user: try reader.record(User.self, id: $0.userID)) }
        }
        for (notice, user) in waiting {
            var delivered = true
            if let user, user.status != .deleted {
                do {
                    try await command.deliver(notice, to: user)
                } catch {
                    delivered = false
                    logger.error("a notice was not delivered: \(error)", metadata: ["notice": "\(notice.id)"])
                }
            }
            try await conclude(notice, delivered: delivered, at: now)
        }
    }

    private func conclude(_ notice: Notice, delivered: Bool, at now: Int64) async throws {
        try await store.write { writer in
            guard var notice = try writer.record(Notice.self, id: notice.id) else { return }
            notice.failedAttempts += delivered ? 0 : 1
            notice.awaitsDelivery = !delivered && notice.failedAttempts < Notice.maximumAttempts
            notice.nextAttemptAt = now + 60 << Int64(min(notice.failedAttempts, 10))
            try writer.save(notice)
        }
    }
}
