// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent

/// Tells how the agent is and what is enrolled.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tells whether the agent runs and what is enrolled.",
        discussion: """
            Exits with 0 where the agent runs, with 3 where it does not.

            EXAMPLES
              agent status
              agent status --json
            """)

    @Flag(help: "Print the status as JSON.")
    var json = false

    private struct Summary: Encodable {
        var running: Bool
        var version: String?
        var listening: [String]
        var since: Int64?
        var promptsOpen: Int?
        var terminalsLent: Int?
        var enrollments: [EnrollmentSummary]
        var pendingEnrollments: [PendingEnrollmentSummary]
    }

    func run() async throws {
        let parts = try AgentParts(onlyLooks: true)
        let enrollments = try await parts.enrollments()
        let all = try await CommandFailure.explaining { try await enrollments.all() }.map(EnrollmentSummary.init)
        let pending = try await CommandFailure.explaining { try await enrollments.pending() }
            .map(PendingEnrollmentSummary.init)
        let status: AgentStatus?
        do { status = try await parts.control().status() } catch ControlError.notRunning { status = nil } catch {
            throw CommandFailure("\(error)")
        }
        if json {
            try Console.print(
                json: Summary(
                    running: status != nil, version: status?.version, listening: status?.listening ?? [],
                    since: status?.since, promptsOpen: status?.promptsOpen, terminalsLent: status?.terminalsLent,
                    enrollments: all, pendingEnrollments: pending))
        } else {
            show(status, all, pending)
        }
        if status == nil { throw ExitCode(CommandFailure.unreachable) }
    }

    private func show(
        _ status: AgentStatus?, _ enrollments: [EnrollmentSummary], _ pending: [PendingEnrollmentSummary]
    ) {
        if let status {
            Console.print(
                "\(Style.good.apply("running")) version \(status.version), listening on "
                    + status.listening.joined(separator: " and "))
            if status.promptsOpen > 0 { Console.print("prompts open: \(status.promptsOpen)") }
        } else {
            Console.print("\(Style.warning.apply("not running")): start it with 'agent run'")
        }
        if enrollments.isEmpty { Console.print("not enrolled anywhere: see 'agent enroll --help'") }
        for enrollment in enrollments { Console.print("enrolled: \(enrollment.line)") }
        for enrollment in pending { Console.print(enrollment.line) }
    }
}
