// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPSClient
internal import Logging
internal import WireProtocol

/// Walks the chain of a verifier's key set announcements from what an enrolment has pinned to the newest.
///
/// At most one request a minute for an issuer, so that a page that posts challenges with invented key names makes no
/// traffic; who asks in the meantime gets what the last walk brought.
actor KeySetFollower {
    private let enrollments: any EnrollmentStore
    private let http: HTTPSClient
    private let logger: Logger
    private let executor: LoopExecutor
    private let minimumInterval: Duration
    private var lastWalk: [String: ContinuousClock.Instant] = [:]
    private var walks: [String: Task<Void, Never>] = [:]

    /// The most pages of announcements that are read in one walk.
    private static let maximumPages = 16

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(
        enrollments: any EnrollmentStore, http: HTTPSClient, logger: Logger, executor: LoopExecutor,
        minimumInterval: Duration = .seconds(60)
    ) {
        self.enrollments = enrollments
        self.http = http
        self.logger = logger
        self.executor = executor
        self.minimumInterval = minimumInterval
    }

    /// Brings the pinned keys of an enrolment's issuer up to date, where the time has come to ask again.
    ///
    /// - Returns: whether the store may hold a newer set than the enrolment does.
    func follow(_ enrollment: Enrollment) async -> Bool {
        if let walk = walks[enrollment.issuer] {
            await walk.value
            return true
        }
        let now = ContinuousClock.now
        if let last = lastWalk[enrollment.issuer], now - last < minimumInterval { return false }
        lastWalk[enrollment.issuer] = now
        let walk = Task { await self.walk(enrollment) }
        walks[enrollment.issuer] = walk
        await walk.value
        walks[enrollment.issuer] = nil
        return true
    }

    private func walk(_ enrollment: Enrollment) async {
        var reached = enrollment.pinned
        do {
            for _ in 0..<Self.maximumPages {
                let announcements = try await announcements(of: enrollment.issuer, after: reached.sequence)
                guard !announcements.isEmpty else { break }
                for announcement in announcements {
                    reached = try reached.following(
                        announcement, issuer: enrollment.issuer, organizationID: enrollment.organizationID)
                }
            }
        } catch {
            logger.warning(
                "the verifier's key announcements were not followed beyond set \(reached.sequence): \(error)",
                metadata: ["issuer": "\(enrollment.issuer)"])
        }
        // Each link was signed by a key of the set before it: those that held count, whatever came after them.
        if reached.sequence > enrollment.pinned.sequence { await keep(reached, of: enrollment) }
    }

    private func keep(_ reached: PinnedKeySet, of enrollment: Enrollment) async {
        let metadata: Logger.Metadata = ["issuer": "\(enrollment.issuer)"]
        do {
            try await enrollments.advance(
                issuer: enrollment.issuer, from: enrollment.pinned.sequence, to: reached)
            logger.notice("followed the verifier's keys to set \(reached.sequence)", metadata: metadata)
        } catch {
            logger.warning("the verifier's new keys could not be kept: \(error)", metadata: metadata)
        }
    }

    private func announcements(of issuer: String, after sequence: Int) async throws -> [String] {
        let path = "/.well-known/countersign-keysets?after=\(sequence)"
        let response = try await http.send(
            HTTPSRequest(.get, issuer + path, headers: ["Accept": "application/json"], timeoutMillis: 10_000))
        guard response.isSuccess else {
            throw HTTPSClientError(.broken, "the verifier answered \(response.status) for its key announcements")
        }
        let answer = try JSON.decode(KeySetAnnouncements.self, from: response.body, limit: 4 * 1024 * 1024)
        return Array(answer.announcements.prefix(64))
    }
}
