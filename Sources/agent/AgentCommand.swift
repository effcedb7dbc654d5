// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Confinement
internal import Dispatch
internal import Glibc

/// The program: a passwordless authenticator for this device.
@main
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Signs you in with this device instead of a password.",
        discussion: """
            EXAMPLES
              agent enroll https://id.example.com     enrol this device, signing in with the browser
              agent enroll id.example.com --code 7KQ… enrol it with a one-time code
              agent enroll --add-key id.example.com --key fido2
                                                      add a spare key
              agent run                               answer sign-ins until Ctrl-C
              agent status --json                     tell what is enrolled, for a program
              agent posture                           show what state this machine is in
              agent doctor                            find out why sign-ins do not work
              agent config show                       show what the administrator has set
              agent log --follow                      show what the agent does
              agent report                            make a report for support
              agent browser-policy print              what lets browsers' pages reach the agent unasked

            ENVIRONMENT
              COUNTERSIGN_STATE_DIR    keys and enrolments (~/.local/state/countersign)
              COUNTERSIGN_RUNTIME_DIR  the control socket ($XDG_RUNTIME_DIR/countersign)
              COUNTERSIGN_PINENTRY     the program that asks you (pinentry)
              COUNTERSIGN_CA_FILE      certificate authorities (PEM) in place of the system's
              NO_COLOR                 no colours, whatever its value

            EXIT STATUS
              0 done   1 refused or failed   3 not running or not reachable   64 wrong usage
            """,
        version: AgentVersion.current,
        subcommands: [
            RunCommand.self, EnrollCommand.self, UnenrollCommand.self, StatusCommand.self, PostureCommand.self,
            DoctorCommand.self, KeysCommand.self, BrowserPolicyCommand.self, AttendCommand.self, ConfigCommand.self,
            LogCommand.self, ReportCommand.self, OpenCommand.self,
        ])

    /// Runs the command that the arguments name. No error leaves it uncaught: each becomes a line and an exit status.
    static func main() {
        // A reader that goes away is an error of the write, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        ending {
            let command = try parseAsRoot()
            // Waits without ever waking up, which takes a program without tasks.
            if let posture = command as? PostureCommand, posture.watch {
                try PostureWatch(redact: posture.redact, json: posture.json).run()
            }
            // Only a process of one thread forks, and takes a profile on as a whole.
            if command is RunCommand {
                try VerifierConnections.prepare()
                AppArmorProfile.agent.enter()
            }
            // A priority above that of other programs, as the first task else has, is not a person's to take: each thread that runs a
            // task would leave a complaint in the log.
            Task(priority: .medium) { await run() }
            dispatchMain()
        }
    }

    private static func run() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Glibc.exit(0)
        } catch {
            end(with: error)
        }
    }

    private static func ending(_ body: () throws -> Never) -> Never {
        do { try body() } catch { end(with: error) }
    }

    private static func end(with error: any Error) -> Never {
        guard let failure = error as? CommandFailure else { exit(withError: error) }
        Console.report(failure)
        Glibc.exit(failure.status)
    }
}

/// The version of this program.
enum AgentVersion {
    /// By semver.org.
    static let current = "0.1.0"
}
