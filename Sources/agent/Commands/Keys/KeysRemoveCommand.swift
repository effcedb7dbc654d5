// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import Glibc

/// Removes a key from an enrolment.
struct KeysRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a key from its enrolment, here and at the verifier.",
        discussion: """
            For a key that was lost, or that you give away: it signs nobody in any more. The key need not be plugged in;
            a credential that stays on it is worth nothing. You are asked first, and signed out of apps.
            The last key for silent sign-ins cannot be removed: add another first, or end the enrolment.

            EXAMPLES
              agent keys remove "blue key"
              agent keys remove fkQ2v8 --yes --json
            """)

    @Argument(help: "The key's id, the beginning of it, or its name, as 'agent keys list' shows them.")
    var key: String

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Print the key as JSON.")
    var json = false

    func run() async throws {
        let parts = try AgentParts()
        let enrollments = try await parts.enrollments()
        let all = try await CommandFailure.explaining { try await enrollments.all() }
        let (stored, enrollment) = try EnrolledKeyChoice.one(named: key, among: all)
        let summary = EnrolledKeySummary(stored, of: enrollment)
        if !yes { try ask(summary) }
        let keys = parts.keyStores()
        let removal = KeyRemoval(keys: keys, enrollments: enrollments, http: parts.http())
        let findings = try await CommandFailure.explaining {
            try await Interruption.cancels {
                try await removal.remove(stored, of: enrollment, lockPath: parts.folders.enrollLock)
            }
        }
        findings.forEach(EnrollmentReporter.note)
        keys.remainders(of: [stored]).forEach(Console.note)
        if json {
            try Console.print(json: summary)
        } else {
            summary.lines.forEach { Console.print("removed \($0)") }
        }
    }

    /// Has the person say yes.
    private func ask(_ summary: EnrolledKeySummary) throws(CommandFailure) {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure("nobody could be asked, so the key was not removed", hint: "say --yes if it is meant")
        }
        summary.lines.forEach(Console.note)
        Console.note("Remove this key? It signs nobody in any more. Type yes to remove it:")
        guard readLine()?.lowercased() == "yes" else { throw CommandFailure("the key was not removed") }
    }
}
