// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import WireProtocol

/// What the store holds, kept for a second so that a sign-in need not wait for it.
///
/// A challenge is never found to be for nobody here without a fresh look.
actor EnrollmentDirectory {
    private let store: any EnrollmentStore
    private let logger: Logger
    private let executor: LoopExecutor
    private var enrollments: [Enrollment] = []
    private var readAt: ContinuousClock.Instant?

    /// How old what is kept may be.
    private static let maximumAge = Duration.seconds(1)

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(store: any EnrollmentStore, logger: Logger, executor: LoopExecutor) {
        self.store = store
        self.logger = logger
        self.executor = executor
    }

    /// The enrolments of a challenge's organisation and issuer, the person's own first.
    ///
    /// - Parameter atOnce: whether to look afresh in any case.
    func enrollments(of claims: ChallengeClaims, atOnce: Bool = false) async -> [Enrollment] {
        if !atOnce, let readAt, ContinuousClock.now - readAt < Self.maximumAge {
            let found = matching(claims)
            if found.first?.userID == claims.userID { return found }
        }
        await read()
        return matching(claims)
    }

    /// How many there are.
    func count() async -> Int {
        await read()
        return enrollments.count
    }

    /// Looks afresh, in good time before a challenge comes.
    func prepare() async {
        if let readAt, ContinuousClock.now - readAt < Self.maximumAge { return }
        await read()
    }

    private func matching(_ claims: ChallengeClaims) -> [Enrollment] {
        let found = enrollments.filter {
            $0.organizationID == claims.organizationID && $0.issuer == claims.issuer
        }
        return found.filter { $0.userID == claims.userID } + found.filter { $0.userID != claims.userID }
    }

    private func read() async {
        do {
            enrollments = try await store.all()
            readAt = .now
        } catch {
            // What was read before still stands: the verifier has the last word on it.
            logger.error("the enrolments cannot be read: \(error)")
        }
    }
}
