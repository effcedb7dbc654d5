// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import Pinentry

/// Ends an enrolment.
struct UnenrollCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unenroll", abstract: "Ends an enrolment, here and at the verifier.",
        discussion: """
            EXAMPLES
              agent unenroll                          the only enrolment
              agent unenroll https://id.example.com   the one at this verifier
              agent unenroll pfd3Jx…                  the one of this id; see 'agent status'

            An enrolment that was interrupted is given up in the same way.
            """)

    @Argument(help: "The enrolment's id or the verifier's address; may be left out where there is one enrolment.")
    var enrollment: String?

    @Flag(help: "Print what was done as JSON.")
    var json = false

    private struct Summary: Encodable {
        var enrollment: EnrollmentSummary
        var deletedAtVerifier: Bool
        var reason: String?
    }

    func run() async throws {
        let parts = try AgentParts()
        let enrollments = try await parts.enrollments()
        try await end(parts, enrollments)
        await VerifierConnections(parts.folders, enrollments).forgetOthers()
    }

    private func end(_ parts: AgentParts, _ enrollments: any EnrollmentStore) async throws {
        let all = try await CommandFailure.explaining { try await enrollments.all() }
        let (keys, http) = (parts.keyStores(), parts.http())
        let recovery = EnrollmentRecovery(keys: keys, enrollments: enrollments, http: http)
        let unenrollment = Unenrollment(keys: keys, enrollments: enrollments, http: http)
        let pending = try await CommandFailure.explaining {
            try await recovery.leftovers(lockPath: parts.folders.enrollLock)
        }
        if let abandoned = abandoned(among: pending, unlessOneOf: all) {
            return try await giveUp(abandoned, recovery, unenrollment)
        }
        let chosen = try EnrollmentChoice.one(named: enrollment, among: all)
        let outcome = try await CommandFailure.explaining {
            try await Interruption.cancels { try await unenrollment.unenroll(chosen) }
        }
        try tell(outcome, of: EnrollmentSummary(chosen))
    }

    /// The interrupted enrolment that is meant, where no whole one is.
    private func abandoned(
        among pending: [PendingEnrollment], unlessOneOf enrolled: [Enrollment]
    ) -> PendingEnrollment? {
        guard let enrollment else { return enrolled.isEmpty && pending.count == 1 ? pending.first : nil }
        if let named = pending.first(where: { $0.requestID == enrollment }) { return named }
        guard let address = try? IssuerAddress(typed: enrollment),
            !enrolled.contains(where: { address.isIssuer($0.issuer) })
        else { return nil }
        return pending.first { address.isIssuer($0.issuer) }
    }

    /// Ends an enrolment that was interrupted: the verifier is asked what it made of it, so that it can be deleted there, too.
    private func giveUp(
        _ pending: PendingEnrollment, _ recovery: EnrollmentRecovery, _ unenrollment: Unenrollment
    ) async throws {
        let outcome = try await CommandFailure.explaining {
            try await Interruption.cancels { try await recovery.finish(pending) }
        }
        switch outcome {
        case .completed(let enrollment):
            let outcome = try await CommandFailure.explaining {
                try await Interruption.cancels { try await unenrollment.unenroll(enrollment) }
            }
            try tell(outcome, of: EnrollmentSummary(enrollment))
        case .dropped: try tellGivenUp(pending, reason: nil)
        case .undecided(let error):
            try await CommandFailure.explaining { try await recovery.drop(pending) }
            try tellGivenUp(pending, reason: error.message)
        }
    }

    private struct GivenUp: Encodable {
        var pendingEnrollment: PendingEnrollmentSummary
        var deletedAtVerifier: Bool
        var reason: String?
    }

    private func tellGivenUp(_ pending: PendingEnrollment, reason: String?) throws {
        let summary = PendingEnrollmentSummary(pending)
        if json {
            try Console.print(
                json: GivenUp(pendingEnrollment: summary, deletedAtVerifier: reason == nil, reason: reason))
        } else {
            Console.print("gave up the interrupted enrolment at \(DisplayText(summary.organization))")
        }
        if let reason {
            Console.warn(
                "it is given up on this device only: \(reason)",
                hint: "tell your administrator, who can delete it at the verifier if it was made")
        }
    }

    private func tell(_ outcome: Unenrollment.Outcome, of summary: EnrollmentSummary) throws {
        var reason: String?
        if case .deletedHereOnly(let why) = outcome { reason = why }
        if json {
            try Console.print(
                json: Summary(enrollment: summary, deletedAtVerifier: reason == nil, reason: reason))
        } else {
            Console.print("unenrolled \(summary.line)")
        }
        if let reason {
            Console.warn(
                "it is deleted on this device only: \(reason)",
                hint: "tell your administrator that enrolment '\(summary.id)' is to be deleted")
        }
    }
}
