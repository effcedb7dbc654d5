// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
package import HTTPSClient
internal import WireProtocol

/// Ends an enrolment on both sides.
package struct Unenrollment: Sendable {
    /// What came of it.
    package enum Outcome: Hashable, Sendable {
        /// It is gone here and at the verifier.
        case deletedEverywhere
        /// It is gone here, but the verifier still has it; the reason is for a person.
        case deletedHereOnly(reason: String)
    }

    private let keys: KeyStores
    private let enrollments: any EnrollmentStore
    private let http: HTTPSClient
    private let clock: AgentClock

    /// What it works with.
    package init(
        keys: KeyStores, enrollments: any EnrollmentStore, http: HTTPSClient, clock: AgentClock = .system
    ) {
        self.keys = keys
        self.enrollments = enrollments
        self.http = http
        self.clock = clock
    }

    /// Deletes an enrolment at the verifier, and here in any case.
    ///
    /// - Throws: ``EnrollmentError`` where it could not be deleted here.
    package func unenroll(_ enrollment: Enrollment) async throws -> Outcome {
        var outcome = Outcome.deletedEverywhere
        do {
            let verifier = VerifierClient(
                address: try IssuerAddress(typed: enrollment.issuer), http: http, clock: clock, observeClock: { _ in })
            try await Self.deleteAtVerifier(enrollment, keys: keys, verifier: verifier, clock: clock)
        } catch let error as CancellationError {
            throw error
        } catch {
            outcome = .deletedHereOnly(reason: (error as? EnrollmentError)?.message ?? "\(error)")
        }
        do {
            // The record goes first: keys that nothing names are removed at the next start, a record without keys is not.
            try await enrollments.delete(id: enrollment.id)
            try await keys.delete(enrollment.keys)
        } catch {
            throw EnrollmentError(
                .state, "the enrolment could not be deleted here: \(error)", hint: "run the command again")
        }
        return outcome
    }

    /// Deletes an enrolment at its verifier alone.
    static func deleteAtVerifier(
        _ enrollment: Enrollment, keys: KeyStores, verifier: VerifierClient, clock: AgentClock
    ) async throws {
        try await verifier.delete(enrollment.id, token: try await enrollment.updateToken(keys: keys, clock: clock))
    }
}
