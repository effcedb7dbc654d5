// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import KeyAttestations
internal import Logging

/// The verifier's domain, put together: everything but its network side.
package struct VerifierServices: Sendable {
    /// What it is set up to do.
    package let settings: VerifierSettings
    /// Where it keeps its state.
    package let store: any VerifierStore
    /// Its time.
    package let clock: VerifierClock
    /// Its audit log.
    package let audit: AuditLog
    /// The users.
    package let users: UserDirectory
    /// Sessions and access tokens.
    package let sessions: SessionService
    /// The keys that sign challenges.
    package let challengeKeys: ChallengeKeyring
    /// The keys that sign ID tokens.
    package let tokenKeys: TokenKeyring
    /// All of its own keys, for the administrator.
    package let signingKeys: SigningKeyDirectory
    /// The way of one sign-in.
    package let signIn: any SignInService
    /// Enrolment of devices.
    package let enrollment: any EnrollmentService
    /// The enrolments, for the administrator.
    package let enrollmentDirectory: EnrollmentDirectory
    /// One-time codes.
    package let codes: EnrollmentCodes
    /// Tokens of the management API.
    package let apiTokens: APITokenDirectory
    /// Who is an administrator.
    package let administrators: AdministratorDirectory
    /// Versions of the documents of the management API.
    package let documentHistory: DocumentHistory
    /// Notices to people.
    package let notices: NoticeService
    /// The policies that decide.
    package let policies: any PolicySource
    /// Counts what is done too often.
    package let rateLimiter: RateLimiter
    /// What is counted and timed.
    package let metrics: VerifierMetrics

    /// Puts the parts together; makes the key file and the first keys where there are none.
    ///
    /// - Throws: ``SealingKeyError``, ``KeyringError`` or ``StoreError``.
    package init(
        settings: VerifierSettings, store: any VerifierStore, clock: VerifierClock = .system, audit: AuditLog
    ) async throws {
        let metrics = VerifierMetrics()
        let store = MeasuredStore(store: store, metrics: metrics)
        let audit = audit.counted(by: metrics)
        self.metrics = metrics
        self.settings = settings
        self.store = store
        self.clock = clock
        self.audit = audit
        let hasKeys = try await store.read { try !$0.all(SigningKeyRecord.self).isEmpty }
        let sealing = try SealingKey(path: settings.keyFilePath, mayCreate: !hasKeys)
        challengeKeys = ChallengeKeyring(store: store, clock: clock, audit: audit, sealing: sealing, settings: settings)
        tokenKeys = TokenKeyring(store: store, clock: clock, audit: audit, sealing: sealing)
        signingKeys = SigningKeyDirectory(store: store, clock: clock)
        try await challengeKeys.prepare()
        try await tokenKeys.prepare()
        try await EveryoneGroup.prepare(store, at: clock.now())
        do {
            _ = try await challengeKeys.currentSigner()
            _ = try await tokenKeys.signer(for: .rs256)
        } catch KeyringError.cannotOpen {
            throw SealingKeyError(
                path: settings.keyFilePath,
                reason: "it is not the one that sealed the keys in the store; restore that from a copy")
        }
        policies = StoredPolicies(
            configured: settings.policies, zones: settings.networkZones, issuer: settings.issuer)
        rateLimiter = RateLimiter(limits: settings.rateLimits, clock: clock, audit: audit, metrics: metrics)
        users = UserDirectory(store: store, clock: clock, audit: audit)
        sessions = SessionService(store: store, clock: clock, audit: audit, lifetime: settings.sessionLifetime)
        apiTokens = APITokenDirectory(store: store, clock: clock, audit: audit)
        administrators = AdministratorDirectory(store: store, clock: clock, audit: audit)
        documentHistory = DocumentHistory(store: store, clock: clock, audit: audit)
        notices = NoticeService(store: store, clock: clock, command: settings.noticeCommand)
        codes = EnrollmentCodes(store: store, clock: clock, audit: audit, lifetime: settings.codeLifetime)
        enrollmentDirectory = EnrollmentDirectory(
            store: store, audit: audit, removal: KeyRemoval(settings: settings, notices: notices, clock: clock))
        let keyCache = PublicKeyCache()
        var attestation = settings.attestation
        attestation.policy.acceptsFingerprintReaders = settings.fingerprintReaders
        signIn = TransactionalSignIn(
            settings: settings, store: store, clock: clock, audit: audit, challengeKeys: challengeKeys,
            keyCache: keyCache, codes: codes, notices: notices, rateLimiter: rateLimiter, policies: policies,
            metrics: metrics)
        enrollment = DeviceEnrollment(
            settings: settings, store: store, clock: clock, audit: audit, challengeKeys: challengeKeys,
            keyCache: keyCache, codes: codes, notices: notices, rateLimiter: rateLimiter,
            attestation: AttestationService(
                settings: attestation, issuer: settings.issuer,
                challenges: AttestationChallenges(sealing: sealing), clock: clock, rateLimiter: rateLimiter))
    }

    /// Removes what has expired and delivers notices, once a minute, until the task is cancelled.
    package func maintain() async throws {
        while true {
            try await Task.sleep(for: .seconds(60))
            // People are told of what happened to their account whether or not there is room to tidy up.
            do { _ = try await sweep() } catch { report(error) }
            do { try await audit.deliverPending(olderThan: 60) } catch { report(error) }
            do { try await notices.deliverPending() } catch { report(error) }
            do { try await refreshReleases() } catch { report(error) }
        }
    }

    func report(_ error: any Error) {
        logger.error("maintenance failed, and is tried again in a minute: \(error)")
    }

    /// Writes down that an app's request was refused, as long as its address does not flood the log: anyone can send such a one.
    func recordRefusal(_ event: AuditEvent, by address: String) async {
        do { try await rateLimiter.spend(.refusedRequest, by: address) } catch { return }
        await audit.record(event)
    }

    /// Removes expired records; how many. In small steps, so that sign-ins need not wait for a long one.
    @discardableResult
    package func sweep() async throws -> Int {
        let now = clock.now()
        var total = 0
        while true {
            let count = try await store.write(.buffered) { try $0.sweep(before: now, limit: Self.sweepStep) }
            total += count
            if count < Self.sweepStep { return total }
        }
    }

    private static let sweepStep = 500
    private let logger = Logger(label: "verifier")
}
