// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
package import DeviceKeys
package import HTTPSClient
internal import WireProtocol

/// Enrols this device for a person at a verifier.
package struct EnrollmentFlow: Sendable {
    /// What the flow works with.
    package struct Parts: Sendable {
        /// Where keys are made.
        package var keys: KeyStores
        /// Where the enrolment is kept.
        package var enrollments: any EnrollmentStore
        /// Speaks to the verifier.
        package var http: HTTPSClient
        /// Asks for a new PIN; the organisation's name and the issuer are for the prompt.
        package var presence: @Sendable (_ organization: String, _ issuer: String) -> any UserPresence
        /// Finds out whether the machine's fingerprint reader knows the person; throws why not.
        package var checkFinger: @Sendable () async throws -> Void
        /// A file that is locked while keys are there that no enrolment names.
        package var lockPath: String
        /// Lets the running agent connect to a verifier that is about to be asked, while the file is locked.
        package var allow: @Sendable (IssuerAddress) async throws(EnrollmentError) -> Void
        /// The time.
        package var clock: AgentClock
        /// Told how far it is.
        package var progress: @Sendable (EnrollmentProgress) async -> Void

        /// Parts.
        package init(
            keys: KeyStores, enrollments: any EnrollmentStore, http: HTTPSClient,
            presence: @escaping @Sendable (_ organization: String, _ issuer: String) -> any UserPresence,
            checkFinger: @escaping @Sendable () async throws -> Void = Self.noReader, lockPath: String,
            allow: @escaping @Sendable (IssuerAddress) async throws(EnrollmentError) -> Void,
            clock: AgentClock = .system,
            progress: @escaping @Sendable (EnrollmentProgress) async -> Void
        ) {
            self.keys = keys
            self.enrollments = enrollments
            self.http = http
            self.presence = presence
            self.checkFinger = checkFinger
            self.lockPath = lockPath
            self.allow = allow
            self.clock = clock
            self.progress = progress
        }

        /// Tells what stays in hardware of keys of which nothing came.
        func tellRemainders(of keys: [StoredKey]) async {
            for remainder in self.keys.remainders(of: keys) { await progress(.remains(remainder)) }
        }

        /// Where nobody looks for a reader there is none.
        package static let noReader: @Sendable () async throws -> Void = {
            throw EnrollmentError(.keys, "no fingerprint reader is looked for here")
        }
    }

    let parts: Parts
    private let recovery: EnrollmentRecovery

    /// A flow.
    package init(_ parts: Parts) {
        self.parts = parts
        recovery = EnrollmentRecovery(
            keys: parts.keys, enrollments: parts.enrollments, http: parts.http, clock: parts.clock)
    }

    /// Enrols, after finishing what was interrupted at the same verifier.
    ///
    /// What failed leaves nothing on this device, unless the verifier may have made the enrolment all the same: then it stays
    /// pending, and the next call, or the agent's next start, finds out. An interrupted enrolment that turns out to be made is
    /// all that is done, unless the wish is for another code.
    ///
    /// An older enrolment of the same person at the same verifier is replaced once the new one is kept.
    /// - Throws: ``EnrollmentError``, or `CancellationError`.
    package func enroll(_ wish: EnrollmentWish) async throws -> Enrollment {
        guard let lock = try StateLock(path: parts.lockPath) else {
            throw EnrollmentError(.busy, "another enrolment is under way", hint: "wait until it is done")
        }
        defer { withExtendedLifetime(lock) {} }
        try await parts.allow(wish.address)
        if let finished = try await finishInterrupted(wish) { return finished }
        try await parts.keys.deleteOrphans(beside: parts.enrollments)
        let verifier = VerifierClient(
            address: wish.address, http: parts.http, clock: parts.clock, observeClock: Self.reporter(parts.progress))
        let configuration = try await verifier.configuration()
        let purposes = Self.purposes(wish, configuration)
        let maker = KeyMaker(
            parts: parts, configuration: configuration, verifier: verifier, choice: wish.keys,
            verification: wish.verification)
        try maker.checkProtection(of: purposes)
        try await maker.checkStores(for: purposes)
        if wish.verification == .fingerprint {
            try await parts.checkFinger(forKeyOf: wish.keys.verification, configuration)
        }
        let authority = try await EnrollmentAuthority.obtain(
            wish.proof, configuration, verifier, loginHint: wish.loginHint, progress: parts.progress)
        let pending = try await prepare(purposes, maker, wish, configuration)
        let enrollment = try await request(pending, by: authority, verifier)
        await replaceOlder(than: enrollment, isJustMade: true)
        return enrollment
    }

    private func kept<Value>(_ read: (any EnrollmentStore) async throws -> Value) async throws(EnrollmentError) -> Value
    {
        do { return try await read(parts.enrollments) } catch {
            throw EnrollmentError(.state, "the agent's state cannot be read: \(error)")
        }
    }

    // MARK: - What was interrupted

    /// Finishes what was interrupted at the wish's verifier; the enrolment where nothing more is to do for the wish.
    private func finishInterrupted(_ wish: EnrollmentWish) async throws -> Enrollment? {
        let codeHash = wish.proof.codeHash
        let known = try await kept { try await $0.all() }.first {
            wish.address.isIssuer($0.issuer) && codeHash != nil && $0.codeHash == codeHash
        }
        // The code is spent, and the person may not have seen what became of it.
        if let known { await parts.progress(.enrolledBefore(known)) }
        var finished = known
        for pending in try await kept({ try await $0.pending() }) where wish.address.isIssuer(pending.issuer) {
            switch try await recovery.finish(pending) {
            case .completed(let enrollment):
                await replaceOlder(than: enrollment)
                await parts.progress(.completedInterrupted(enrollment))
                // Another code is for another account, or for the next device of this one.
                if codeHash == nil || codeHash == pending.codeHash { finished = enrollment }
            case .dropped: await parts.progress(.droppedInterrupted(pending))
            case .undecided(let error):
                await parts.progress(.undecidedInterrupted(pending, error))
                // Its code may be spent, so that to go on would tell the person less than this does.
                if error.code == .unreachable || (codeHash != nil && codeHash == pending.codeHash) { throw error }
            }
        }
        return finished
    }

    // MARK: - One enrolment

    /// Makes keys and keeps what is about to be asked, so that nothing is lost when the answer is.
    private func prepare(
        _ purposes: [KeyPurpose], _ maker: KeyMaker, _ wish: EnrollmentWish,
        _ configuration: AuthenticatorConfiguration
    ) async throws -> PendingEnrollment {
        let requestID = try SecureRandom.identifier()
        let made = try await maker.make(purposes, requestID: requestID)
        do {
            guard let keys = NewKeys(made.keys) else {
                throw EnrollmentError(.keys, "the key store made other keys than asked")
            }
            let request = EnrollmentRequest(
                authenticatorID: configuration.authenticatorID,
                device: wish.device.block(clientInstanceKey: keys.clientInstance.jwk),
                keys: EnrollmentRequest.Keys(
                    proofOfPossession: keys.proofOfPossession.jwk, userVerification: keys.userVerification?.jwk),
                attestations: made.attestations, requestID: requestID)
            let pending = try PendingEnrollment(
                request, of: configuration, keys: keys, proof: wish.proof, createdAt: parts.clock.now())
            try Task.checkCancellation()
            try await parts.enrollments.add(pending)
            return pending
        } catch {
            await maker.discard(made.keys)
            if error is CancellationError || error is EnrollmentError { throw error }
            throw EnrollmentError(.state, "the enrolment cannot be kept, so it was not asked for: \(error)")
        }
    }

    private func request(
        _ pending: PendingEnrollment, by authority: EnrollmentAuthority, _ verifier: VerifierClient
    ) async throws -> Enrollment {
        let response: EnrollmentResponse
        do {
            await parts.progress(.sending)
            response = try await verifier.enroll(
                pending, authorization: authority.header, proof: authority.proof)
        } catch let error as EnrollmentError where error.code == .refused {
            let recovery = recovery
            await Task { try? await recovery.drop(pending) }.value
            await parts.tellRemainders(of: pending.storedKeys)
            throw error
        } catch is CancellationError {
            throw EnrollmentError(
                .cancelled, "interrupted while the verifier was asked", hint: Self.finishingHint(pending))
        } catch let error as EnrollmentError {
            throw EnrollmentError(error.code, error.message, hint: Self.finishingHint(pending, after: error.hint))
        }
        let enrollment = pending.enrollment(response)
        do { try await parts.enrollments.finish(pending, as: enrollment) } catch {
            throw EnrollmentError(
                .state, "the verifier made the enrolment, but it cannot be kept: \(error)",
                hint: Self.finishingHint(pending))
        }
        return enrollment
    }

    private static func finishingHint(_ pending: PendingEnrollment, after hint: String? = nil) -> String {
        (hint.map { "\($0); " } ?? "")
            + "the verifier may have made the enrolment: the next 'agent enroll \(pending.issuer)', or the next start of the "
            + "agent, finds out and finishes it"
    }

    /// The keys that are to be made. The PIN is asked for first: whoever gives up then has made nothing.
    private static func purposes(
        _ wish: EnrollmentWish, _ configuration: AuthenticatorConfiguration
    ) -> [KeyPurpose] {
        let wantsVerification = wish.userVerification || configuration.settings.userVerification == "required"
        return (wantsVerification ? [.userVerification] : []) + [.proofOfPossession, .clientInstance]
    }

    private func replaceOlder(than new: Enrollment, isJustMade: Bool = false) async {
        for (id, everywhere) in await recovery.replaceOlder(than: new, isJustMade: isJustMade) {
            await parts.progress(.replaced(id, everywhere: everywhere))
        }
    }

    static func reporter(
        _ progress: @escaping @Sendable (EnrollmentProgress) async -> Void
    ) -> @Sendable (ClockSkew) -> Void {
        { skew in if skew.matters { Task { await progress(.clockIsOff(skew)) } } }
    }
}
