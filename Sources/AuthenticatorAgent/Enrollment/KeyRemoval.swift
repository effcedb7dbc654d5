// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys
package import HTTPSClient
internal import WireProtocol

/// Removes a key from an enrolment, at the verifier and here. The key's hardware need not be there.
package struct KeyRemoval: Sendable {
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

    /// Removes a key, after bringing the enrolment's keys in line with the verifier's.
    ///
    /// Where the answer is lost the key stays here, and the next start finds out. Sessions of the enrolment end.
    /// - Parameter lockPath: the file that is locked during enrolments.
    /// - Returns: what was found out of other keys.
    /// - Throws: ``EnrollmentError``, or `CancellationError`.
    package func remove(
        _ key: StoredKey, of enrollment: Enrollment, lockPath: String
    ) async throws -> [KeyReconciliation.Finding] {
        guard let lock = try StateLock(path: lockPath) else {
            throw EnrollmentError(.busy, "an enrolment is under way", hint: "wait until it is done")
        }
        defer { withExtendedLifetime(lock) {} }
        let reconciliation = KeyReconciliation(keys: keys, enrollments: enrollments, http: http, clock: clock)
        let findings = try await reconciliation.reconcile(try await current(enrollment))
        let now = try await current(enrollment)
        let others = findings.filter { $0 != .removed(key) && $0 != .dropped(key) }
        // The verifier had none of it.
        guard now.keys.contains(where: { $0.id == key.id }) else { return others }
        try Self.check(key, of: now)
        try await removeAtVerifier(key, of: now)
        do {
            guard try await reconciliation.remove(key) else { throw Self.isLast(now) }
        } catch let error where !(error is EnrollmentError) {
            throw EnrollmentError(
                .state, "the verifier removed the key, but it cannot be removed here: \(error)",
                hint: "run the command again")
        }
        return others
    }

    private func current(_ enrollment: Enrollment) async throws -> Enrollment {
        let all: [Enrollment]
        do { all = try await enrollments.all() } catch {
            throw EnrollmentError(.state, "the agent's state cannot be read: \(error)")
        }
        guard let found = all.first(where: { $0.id == enrollment.id }) else {
            throw EnrollmentError(.state, "the enrolment has ended in the meantime")
        }
        return found
    }

    /// Refuses what no enrolment can be without, before the verifier is asked.
    private static func check(_ key: StoredKey, of enrollment: Enrollment) throws(EnrollmentError) {
        switch key.purpose {
        case .clientInstance:
            throw EnrollmentError(
                .refused, "this key signs refusals and goes with the enrolment alone",
                hint: "to end the enrolment run 'agent unenroll \(enrollment.id)'")
        case .proofOfPossession where enrollment.signingKeys(for: .proofOfPossession).map(\.id) == [key.id]:
            throw isLast(enrollment)
        case .proofOfPossession, .userVerification: return
        }
    }

    private static func isLast(_ enrollment: Enrollment) -> EnrollmentError {
        EnrollmentError(
            .refused, "this is the last key for silent sign-ins: the enrolment is nothing without it",
            hint: "add another first, with 'agent enroll --add-key \(enrollment.issuer) --possession-key …', or end "
                + "the enrolment with 'agent unenroll \(enrollment.id)'")
    }

    private func removeAtVerifier(_ key: StoredKey, of enrollment: Enrollment) async throws {
        do {
            let verifier = VerifierClient(
                address: try IssuerAddress(typed: enrollment.issuer), http: http, clock: clock, observeClock: { _ in })
            let token = try await enrollment.updateToken(keys: keys, clock: clock)
            switch try await verifier.removeKey(key.id, ofEnrollment: enrollment.id, token: token) {
            case .gone: return
            case .isLast(let error): throw error
            }
        } catch let failure as DeviceKeyError {
            throw EnrollmentError(.keys, failure.message)
        }
    }
}
