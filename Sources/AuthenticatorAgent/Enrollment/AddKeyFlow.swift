// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
package import DeviceKeys
internal import WireProtocol

/// What a person asks for when they add a spare key.
package struct AddKeyWish: Sendable {
    /// The enrolment that gets the key.
    package var enrollment: Enrollment
    /// How the person proves who they are.
    package var proof: EnrollmentWish.Proof
    /// What the key is for: ``KeyPurpose/proofOfPossession`` or ``KeyPurpose/userVerification``.
    package var purpose: KeyPurpose
    /// Where it is made.
    package var kind: KeyKind
    /// How it verifies the person, where it is for that: by a PIN, or by the machine's fingerprint reader.
    package var verification: UserVerificationMethod
    /// What the person calls it.
    package var name: KeyName?

    /// A wish.
    package init(
        enrollment: Enrollment, proof: EnrollmentWish.Proof, purpose: KeyPurpose, kind: KeyKind,
        verification: UserVerificationMethod = .pin, name: KeyName? = nil
    ) {
        self.enrollment = enrollment
        self.proof = proof
        self.purpose = purpose
        self.kind = kind
        self.verification = verification
        self.name = name
    }
}

/// Adds a key to an enrolment, so that the loss of another does not cost the device (docs/protocol.md §9).
package struct AddKeyFlow: Sendable {
    /// The most keys of an enrolment beside the client instance key.
    package static let maximumKeys = 8

    private let parts: EnrollmentFlow.Parts
    private let reconciliation: KeyReconciliation

    /// A flow.
    package init(_ parts: EnrollmentFlow.Parts) {
        self.parts = parts
        reconciliation = KeyReconciliation(
            keys: parts.keys, enrollments: parts.enrollments, http: parts.http, clock: parts.clock)
    }

    /// Adds a key, after finishing what was interrupted of the same enrolment.
    ///
    /// The key is kept before the verifier is asked, and signs nothing before the verifier is known to have it. What failed leaves
    /// nothing on this device, unless the verifier may have added the key all the same: then the next call, or the agent's next
    /// start, finds out. A key that turns out to have been added is all that is done, unless the wish is for another code.
    /// - Throws: ``EnrollmentError``, or `CancellationError`.
    package func add(_ wish: AddKeyWish) async throws -> StoredKey {
        guard let lock = try StateLock(path: parts.lockPath) else {
            throw EnrollmentError(.busy, "another enrolment is under way", hint: "wait until it is done")
        }
        defer { withExtendedLifetime(lock) {} }
        if let added = try await finishInterrupted(wish) { return added }
        let enrollment = try await current(wish.enrollment)
        try await parts.keys.deleteOrphans(beside: parts.enrollments)
        guard enrollment.keys.count - 1 < Self.maximumKeys else {
            throw EnrollmentError(
                .refused, "an enrolment has at most \(Self.maximumKeys) keys",
                hint: "remove one with 'agent keys remove'; see 'agent keys list'")
        }
        let verifier = VerifierClient(
            address: try IssuerAddress(typed: enrollment.issuer), http: parts.http, clock: parts.clock,
            observeClock: EnrollmentFlow.reporter(parts.progress))
        let configuration = try await verifier.configuration()
        guard configuration.organizationID == enrollment.organizationID else {
            throw EnrollmentError(.notAVerifier, "the verifier is of another organisation than the enrolment")
        }
        let maker = KeyMaker(
            parts: parts, configuration: configuration, verifier: verifier,
            choice: KeyChoice(possession: wish.kind, verification: wish.kind), verification: wish.verification,
            // A key for the other purpose may be beside it: so has the first security key both.
            spareFor: enrollment.keys.filter { $0.purpose == wish.purpose })
        try maker.checkProtection(of: [wish.purpose])
        try await maker.checkStores(for: [wish.purpose])
        if wish.purpose == .userVerification, wish.verification == .fingerprint {
            try await parts.checkFinger(forKeyOf: wish.kind, configuration)
        }
        let authority = try await EnrollmentAuthority.obtain(
            wish.proof, configuration, verifier, progress: parts.progress)
        return try await add(wish, to: enrollment, maker, by: authority)
    }

    // MARK: - What was interrupted

    /// Finds out what became of keys whose adding was interrupted; the key where nothing more is to do for the wish.
    private func finishInterrupted(_ wish: AddKeyWish) async throws -> StoredKey? {
        let before = try await current(wish.enrollment)
        let codeHash = wish.proof.codeHash
        func isOfTheCode(_ key: StoredKey) -> Bool {
            codeHash != nil && before.spares.contains { $0.id == key.id && $0.codeHash == codeHash }
        }
        let findings: [KeyReconciliation.Finding]
        do { findings = try await reconciliation.reconcile(before) } catch let error as EnrollmentError
            where ![.unreachable, .refused].contains(error.code) && !before.unconfirmedKeys.contains(where: isOfTheCode)
        {
            await parts.progress(.undecidedKeys(before, error))
            return nil
        }
        var added = (try await current(wish.enrollment)).spares.map(\.key).first(where: isOfTheCode)
        for finding in findings {
            await parts.progress(.foundOfKey(finding))
            switch finding {
            case .confirmed(let key) where codeHash == nil: added = key
            case .noKeyLeft:
                throw EnrollmentError(
                    .refused, "the verifier has none of this enrolment's keys any more",
                    hint: "enroll this device anew, with 'agent enroll \(before.issuer)'")
            case .confirmed, .dropped, .removed: break
            }
        }
        if let added { await parts.progress(.keyAddedBefore(added)) }
        return added
    }

    private func current(_ enrollment: Enrollment) async throws -> Enrollment {
        let all: [Enrollment]
        do { all = try await parts.enrollments.all() } catch {
            throw EnrollmentError(.state, "the agent's state cannot be read: \(error)")
        }
        guard let found = all.first(where: { $0.id == enrollment.id }) else {
            throw EnrollmentError(.state, "the enrolment has ended in the meantime")
        }
        return found
    }

    // MARK: - One key

    private func add(
        _ wish: AddKeyWish, to enrollment: Enrollment, _ maker: KeyMaker, by authority: EnrollmentAuthority
    ) async throws -> StoredKey {
        let requestID = try SecureRandom.identifier()
        let made = try await maker.make([wish.purpose], requestID: requestID)
        let key: StoredKey
        let request: AddKeyRequest
        do {
            guard let first = made.keys.first, let keyType = ResponseKeyType(rawValue: wish.purpose.rawValue),
                keyType != .clientInstance
            else { throw EnrollmentError(.keys, "a spare key is for sign-ins") }
            key = first
            request = AddKeyRequest(
                requestID: requestID, update: try await enrollment.updateToken(keys: parts.keys, clock: parts.clock),
                keyType: keyType, key: key.jwk, attestations: made.attestations)
            try Task.checkCancellation()
            try await parts.enrollments.add(
                EnrolledSpare(key: key, isConfirmed: false, codeHash: wish.proof.codeHash), named: wish.name,
                to: enrollment.id)
        } catch {
            await maker.discard(made.keys)
            if error is CancellationError || error is EnrollmentError { throw error }
            throw EnrollmentError(.state, "the key cannot be kept, so the verifier was not asked: \(error)")
        }
        try await send(request, key, to: enrollment, by: authority, maker.verifier)
        return key
    }

    private func send(
        _ request: AddKeyRequest, _ key: StoredKey, to enrollment: Enrollment, by authority: EnrollmentAuthority,
        _ verifier: VerifierClient
    ) async throws {
        let hint =
            "the verifier may have added the key: the next 'agent enroll --add-key \(enrollment.issuer)', or the next start "
            + "of the agent, finds out"
        let isAttested: Bool?
        do {
            await parts.progress(.sending)
            isAttested = try await verifier.add(request, to: enrollment.id, by: authority)
        } catch let error as EnrollmentError where error.code == .refused {
            let reconciliation = reconciliation
            await Task { _ = try? await reconciliation.remove(key) }.value
            await parts.tellRemainders(of: [key])
            throw error
        } catch is CancellationError {
            throw EnrollmentError(.cancelled, "interrupted while the verifier was asked", hint: hint)
        } catch let error as EnrollmentError {
            throw EnrollmentError(error.code, error.message, hint: (error.hint.map { "\($0); " } ?? "") + hint)
        }
        do {
            // Noted first: from when it is confirmed it signs.
            if let isAttested { try await parts.enrollments.noteAttested([key.id: isAttested]) }
            try await parts.enrollments.confirmKey(id: key.id)
        } catch {
            throw EnrollmentError(
                .state, "the verifier added the key, but that cannot be kept: \(error)", hint: hint)
        }
    }
}
