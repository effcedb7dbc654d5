// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent

/// Ends an enrolment.
struct UnenrollCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unenroll", abstract: "Ends an enrolment, here and at the verifier.",
        discussion: """
            EXAMPLES
              agent unenroll                          the only enrolment
              agent unenroll https://id.example.com   the one at this verifier
              agent unenroll pfd3Jx…                  the one of this id; see 'agent status'
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
        let all = try await CommandFailure.explaining { try await enrollments.all() }
        let chosen = try choose(among: all)
        let unenrollment = Unenrollment(keys: parts.keyStores(), enrollments: enrollments, http: parts.http())
        let outcome = try await CommandFailure.explaining {
            try await Interruption.cancels { try await unenrollment.unenroll(chosen) }
        }
        try tell(outcome, of: EnrollmentSummary(chosen))
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

    private func choose(among all: [Enrollment]) throws(CommandFailure) -> Enrollment {
        guard !all.isEmpty else { throw CommandFailure("this device is not enrolled anywhere") }
        let matches: [Enrollment]
        if let enrollment {
            let address = try? IssuerAddress(typed: enrollment)
            let byID = all.filter { $0.id == enrollment }
            matches = byID.isEmpty ? all.filter { address?.isIssuer($0.issuer) == true } : byID
            guard !matches.isEmpty else {
                throw CommandFailure("there is no enrolment '\(enrollment)'", hint: "see 'agent status'")
            }
        } else {
            matches = all
        }
        guard let only = matches.first, matches.count == 1 else {
            throw CommandFailure(
                "there are \(matches.count) enrolments: \(matches.map { EnrollmentSummary($0).line }.joined(separator: "; "))",
                hint: "name the one to end by its id")
        }
        return only
    }
}
