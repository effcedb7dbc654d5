// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
package import HTTPSClient
internal import WireProtocol

/// Finishes enrolments that were interrupted between the verifier and this device (docs/protocol.md §9).
///
/// Two processes may finish the same one at the same time: the verifier tells both the same, and what one of them did here
/// the other finds done.
package struct EnrollmentRecovery: Sendable {
    /// What came of one.
    package enum Outcome: Sendable {
        /// The verifier had made it, and now it is kept here.
        case completed(Enrollment)
        /// The verifier had not made it, or has deleted it since: nothing of it is left here.
        case dropped
        /// It is not known yet; the reason is for a person.
        case undecided(EnrollmentError)
    }

    private let keys: KeyStores
    private let enrollments: any EnrollmentStore
    private let http: HTTPSClient
    private let clock: AgentClock

    /// What it works with.
    package init(keys: KeyStores, enrollments: any EnrollmentStore, http: HTTPSClient, clock: AgentClock = .system) {
        self.keys = keys
        self.enrollments = enrollments
        self.http = http
        self.clock = clock
    }

    /// The pending enrolments that no process works on now, after removing the keys that nothing names; none where an
    /// enrolment is under way.
    ///
    /// - Parameter lockPath: the file that is locked during enrolments.
    package func leftovers(lockPath: String) async throws -> [PendingEnrollment] {
        guard let lock = try StateLock(path: lockPath) else { return [] }
        defer { withExtendedLifetime(lock) {} }
        try await keys.deleteOrphans(beside: enrollments)
        return try await enrollments.pending()
    }

    /// Finishes one.
    ///
    /// - Throws: `CancellationError`.
    package func finish(_ pending: PendingEnrollment) async throws -> Outcome {
        do {
            guard let response = try await ask(pending) else {
                try await drop(pending)
                return .dropped
            }
            let enrollment = pending.enrollment(response)
            try await enrollments.finish(pending, as: enrollment)
            return .completed(enrollment)
        } catch let error as CancellationError {
            throw error
        } catch let error as EnrollmentError {
            return .undecided(error)
        } catch {
            return .undecided(EnrollmentError(.state, "the interrupted enrolment cannot be finished: \(error)"))
        }
    }

    /// Ends older enrolments of the same person at the same verifier: those that were asked for before this one, so that an
    /// interrupted one that is finished late takes no newer one away.
    ///
    /// - Parameter isJustMade: whether it was asked for a moment ago: then all others are older, whatever the clock said then.
    /// - Returns: their ids, and whether they are gone at the verifier, too.
    package func replaceOlder(
        than new: Enrollment, isJustMade: Bool = false
    ) async -> [(id: String, everywhere: Bool)] {
        let all = (try? await enrollments.all()) ?? []
        let unenrollment = Unenrollment(keys: keys, enrollments: enrollments, http: http, clock: clock)
        var replaced: [(id: String, everywhere: Bool)] = []
        for old in all
        where old.issuer == new.issuer && old.userID == new.userID && old.id != new.id
            && (isJustMade || old.createdAt <= new.createdAt)
        {
            let outcome = try? await unenrollment.unenroll(old)
            replaced.append((old.id, outcome == .deletedEverywhere))
        }
        return replaced
    }

    /// Forgets one here, whatever the verifier has.
    package func drop(_ pending: PendingEnrollment) async throws {
        // The record goes first: keys that nothing names are removed at the next start.
        try await enrollments.drop(pending)
        try await keys.delete(pending.storedKeys)
    }

    /// What the verifier made of the request; `nil` where it made nothing, or nothing that still is.
    private func ask(_ pending: PendingEnrollment) async throws -> EnrollmentResponse? {
        let verifier = VerifierClient(
            address: try IssuerAddress(typed: pending.issuer), http: http, clock: clock, observeClock: { _ in })
        let token: String
        do { token = try await self.token(for: pending) } catch let error as DeviceKeyError
            where error.code == .keyNotFound || error.code == .keyDamaged
        {
            // Without its keys the enrolment would be worth nothing.
            return nil
        }
        return try await verifier.finish(pending, token: token)
    }

    private func token(for pending: PendingEnrollment) async throws -> String {
        let claims = EnrollmentUpdateClaims(
            enrollmentID: pending.requestID, audience: pending.issuer, userID: "", issuedAt: clock.now(),
            tokenID: try SecureRandom.identifier())
        // A key that may want a touch, or not be plugged in, is not asked for what the other key can say as well.
        let possession = pending.keys.proofOfPossession
        let stored = possession.kind == .software ? possession : pending.keys.clientInstance
        let key = try await keys.open(stored).unlock(for: .possession, presence: NobodyPresent())
        return try await DeviceKeySigner(stored: stored, key: key, presence: NobodyPresent())
            .compactJWS(claims, type: TokenType.enrollmentUpdate)
    }
}

extension KeyStores {
    /// Destroys the keys that neither an enrolment nor a pending one names. The caller holds the lock of enrolments.
    func deleteOrphans(beside enrollments: any EnrollmentStore) async throws {
        let enrolled = try await enrollments.all().flatMap(\.keys)
        try await deleteAll(except: enrolled + (try await enrollments.pending().flatMap(\.storedKeys)))
    }
}
