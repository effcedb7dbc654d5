// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// The way of one sign-in, kept in the store as a transaction record.
struct TransactionalSignIn: SignInService {
    let settings: VerifierSettings
    let store: any VerifierStore
    let clock: VerifierClock
    let audit: AuditLog
    let codes: EnrollmentCodes
    let notices: NoticeService
    let rateLimiter: RateLimiter
    let appraiser: ResponseAppraiser
    let policies: any PolicySource
    let issuer: ChallengeIssuer
    let metrics: VerifierMetrics

    init(
        settings: VerifierSettings, store: any VerifierStore, clock: VerifierClock, audit: AuditLog,
        challengeKeys: ChallengeKeyring, keyCache: PublicKeyCache, codes: EnrollmentCodes, notices: NoticeService,
        rateLimiter: RateLimiter, policies: any PolicySource, metrics: VerifierMetrics
    ) {
        self.settings = settings
        self.store = store
        self.clock = clock
        self.audit = audit
        self.codes = codes
        self.notices = notices
        self.rateLimiter = rateLimiter
        self.policies = policies
        appraiser = ResponseAppraiser(
            issuer: settings.issuer, keyCache: keyCache, takesFingerprintReaders: settings.fingerprintReaders)
        issuer = ChallengeIssuer(settings: settings, keys: challengeKeys, metrics: metrics)
        self.metrics = metrics
    }

    // MARK: - The page

    func begin(_ request: SignInRequest, address: String) async throws -> String {
        try await rateLimiter.spend(.signIn, by: address)
        let handle = try SecretToken()
        var transaction = SignInTransaction(
            id: try SecureRandom.identifier(prefix: "ft"), handleHash: handle.hash, request: request,
            createdAt: clock.now())
        transaction.address = address
        let begun = transaction
        try await store.write(.buffered) { try $0.insert(begun) }
        metrics.begun.count()
        return handle.text
    }

    func view(stateHandle: String) async throws -> SignInStanding {
        let now = clock.now()
        return try await store.read { try Self.transaction(of: stateHandle, at: now, in: $0).standing(at: now) }
    }

    func identify(stateHandle: String, username: String, address: String) async throws -> SignInStanding {
        try await rateLimiter.spend(.challenge, by: address)
        return try await proceed(stateHandle: stateHandle, username: username, address: address)
    }

    func retry(stateHandle: String, address: String) async throws -> SignInStanding {
        try await rateLimiter.spend(.challenge, by: address)
        return try await proceed(stateHandle: stateHandle, username: nil, address: address)
    }

    func link(stateHandle: String, address: String) async throws -> SignInStanding {
        try await rateLimiter.spend(.challenge, by: address)
        return try await proceed(stateHandle: stateHandle, username: nil, address: address, isByLink: true)
    }

    func cancel(stateHandle: String, reason: String, statusCode: Int?) async throws -> SignInStanding {
        guard let failure = Self.failure(of: reason) else {
            throw VerifierError(400, .validation, "The reason is not one that this verifier knows.")
        }
        metrics.signIns.count(failure.rawValue)
        return try await change(stateHandle) { transaction in
            switch transaction.state {
            case .identify, .challenged, .due, .enrollmentCode, .failed:
                // A machine that is being enrolled has no agent that could answer: the code is the way on.
                transaction.giveUp(transaction.state(after: failure))
            case .succeeded, .denied, .warned, .finished:
                // The agent's response was quicker than the page.
                break
            }
        }
    }

    func skip(stateHandle: String) async throws -> SignInStanding {
        let now = clock.now()
        return try await change(stateHandle) { transaction in
            guard case .warned(let identity, let remediations, let until) = transaction.state else { throw Self.over }
            transaction.state = now < until ?? .max ? .succeeded(identity) : .denied(remediations)
            if case .succeeded = transaction.state { transaction.earned = nil }
        }
    }

    func finish(
        stateHandle: String, in writer: any StoreWriter
    ) throws -> (SignInRequest, AuthenticatedIdentity) {
        var transaction = try Self.openTransaction(of: stateHandle, at: clock.now(), in: writer)
        guard case .succeeded(let identity) = transaction.state else { throw Self.over }
        if let refusal = try IdentityStanding.refusal(of: identity, in: writer) { throw refusal }
        transaction.state = .finished
        try writer.save(transaction)
        return (transaction.request, identity)
    }

    func abandon(stateHandle: String, in writer: any StoreWriter) throws -> SignInRequest {
        var transaction = try Self.transaction(of: stateHandle, at: clock.now(), in: writer)
        guard transaction.state != .finished else { throw Self.over }
        transaction.giveUp(.finished)
        try writer.save(transaction)
        return transaction.request
    }

    // MARK: - Within transactions

    static let over = VerifierError(
        410, .transactionOver, "This sign-in is over: it was used, ran out or was replaced. Start again from the app.")

    static func transaction(
        of stateHandle: String, at now: Int64, in reader: any StoreReader
    ) throws -> SignInTransaction {
        guard let hash = SecretToken.hash(of: stateHandle),
            let transaction = try reader.records(SignInTransaction.self, where: .unique, is: hash).first,
            now < transaction.forgottenAt
        else { throw over }
        return transaction
    }

    static func openTransaction(
        of stateHandle: String, at now: Int64, in reader: any StoreReader
    ) throws -> SignInTransaction {
        let transaction = try transaction(of: stateHandle, at: now, in: reader)
        guard now < transaction.endsAt, transaction.state != .finished else { throw over }
        return transaction
    }

    /// Changes what is no sign-in yet; a loss of power may take it back, and the person begins anew.
    func change(
        _ stateHandle: String, _ body: @escaping @Sendable (inout SignInTransaction) throws -> Void
    ) async throws -> SignInStanding {
        let now = clock.now()
        return try await store.write(.buffered) { writer in
            var transaction = try Self.openTransaction(of: stateHandle, at: now, in: writer)
            let before = transaction.state
            try body(&transaction)
            if transaction.state != before { try writer.save(transaction) }
            return transaction.standing(at: now)
        }
    }

    // MARK: - To the challenge

    /// What is known of a person who said who they are.
    private struct Known: Sendable {
        var transaction: SignInTransaction
        var username: String?
        var user: User?
        var hasDevice: Bool
        /// Whether a device of theirs did not meet a policy when it was last looked at: it may have been mended since.
        var isUnmet: Bool
        /// What to ask of the device.
        var questions = DeviceQuestions()
    }

    /// Makes the next step of a person's sign-in: a challenge, the question for a code, or the end.
    ///
    /// - Parameters:
    ///   - username: what was typed; `nil` to go on with the name that was typed before.
    ///   - isByLink: whether a link is to bring the challenge.
    private func proceed(
        stateHandle: String, username: String?, address: String, isByLink: Bool = false
    ) async throws -> SignInStanding {
        let now = clock.now()
        let known = try await store.read { reader in
            let transaction = try Self.openTransaction(of: stateHandle, at: now, in: reader)
            if isByLink { try checkLink(of: transaction) }
            var known = try Self.lookUp(username, for: transaction, in: reader)
            known.questions = settings.questions(by: try policies.policies(in: reader))
            return known
        }
        let next = try await nextState(of: known, at: now, address: address, isByLink: isByLink)
        let observed = known.transaction.state
        return try await change(stateHandle) { transaction in
            // Meanwhile an agent may have answered the challenge before.
            guard transaction.state == observed else { return }
            transaction.username = known.username
            transaction.userID = known.user?.id
            transaction.answeredBy = nil
            transaction.earned = nil
            transaction.stepUps = nil
            transaction.askedKey = nil
            transaction.counterRegressed = nil
            transaction.address = address
            transaction.state = next
        }
    }

    private func checkLink(of transaction: SignInTransaction) throws {
        guard settings.customURI, transaction.request.servesLinks else {
            throw VerifierError(403, .validation, "This sign-in cannot be done by a link.")
        }
        guard transaction.state == .failed(.agentUnreachable) else {
            throw VerifierError(400, .validation, "A link is for where the page did not reach the authenticator.")
        }
    }

    private func nextState(
        of known: Known, at now: Int64, address: String, isByLink: Bool
    ) async throws -> SignInTransaction.State {
        guard known.username != nil else { return .identify }
        if let user = known.user, known.hasDevice {
            try await rateLimiter.spend(.challengeOf(userID: user.id), by: address)
            var demand = known.transaction.request.demand
            demand.freshSignals = known.isUnmet
            if isByLink { demand = demand.byLink }
            return .challenged(
                try await issuer.challenge(
                    for: known.transaction, user: user, demand, asking: known.questions, now: now))
        }
        return known.transaction.request.acceptsEnrollmentCode ? .enrollmentCode : .failed(.noDevice)
    }

    private static func lookUp(
        _ username: String?, for transaction: SignInTransaction, in reader: any StoreReader
    ) throws -> Known {
        switch transaction.state {
        case .identify, .challenged, .due, .enrollmentCode, .failed, .denied: break
        case .succeeded, .warned, .finished: throw over
        }
        let typed = username ?? transaction.username
        // A name that nobody could bear is looked up all the same, and so are the devices of a user that is not there.
        let name = typed.flatMap(Username.init)?.text ?? ""
        let user = try reader.records(User.self, where: .unique, is: name).first
        let enrollments = try reader.records(EnrollmentRecord.self, where: .first, is: user?.id ?? "")
            .filter { $0.status != .deleted }
        return Known(
            transaction: transaction, username: typed.map { _ in name }, user: user,
            hasDevice: !enrollments.isEmpty,
            isUnmet: try enrollments.contains { try reader.record(AssuranceStanding.self, id: $0.deviceID) != nil })
    }

    private static func failure(of reason: String) -> SignInFailure? {
        switch reason {
        case "OV_UNREACHABLE_BY_LOOPBACK": .agentUnreachable
        case "OV_RETURNED_ERROR": .agentError
        case "USER_CANCELED": .cancelled
        default: nil
        }
    }
}
