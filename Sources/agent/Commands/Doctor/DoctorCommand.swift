// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent

/// Looks over the whole installation.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Looks over the installation and says how to mend what is wrong.",
        discussion: """
            Asks the verifiers of your enrolments whether they answer; sends nothing else anywhere.

            EXAMPLES
              agent doctor
              agent doctor --json

            EXIT STATUS
              0 sign-ins should work   1 something has to be mended
            """)

    @Flag(help: "Print the findings as JSON.")
    var json = false

    private struct Report: Encodable {
        let findings: [Finding]
    }

    func run() async throws {
        let examination = Examination(try AgentParts(onlyLooks: true))
        let findings = await examination.findings()
        if json {
            try Console.print(json: Report(findings: findings))
        } else {
            for finding in findings { finding.print() }
        }
        if findings.contains(where: { $0.status == .problem }) { throw ExitCode(CommandFailure.failed) }
    }
}
