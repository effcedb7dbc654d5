// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Dispatch

/// `verifier`: the OpenID Provider that an organisation runs.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verifier",
        abstract: "Sign people in with the authenticators on their own Linux machines.",
        discussion: """
            The verifier is an OpenID Provider: apps send people to it, it challenges the agent on their machine, judges the \
            device, and sends them back.

            Examples:
              verifier serve --config /etc/countersign/verifier.toml
              verifier user add alice --name "Alice Example"
              verifier code alice

            Every command but expression takes --config; without it, \(ConfigurationOptions.defaultPath) is read.
            Exit codes: 0 done, 1 refused or failed, 64 wrong usage.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, UserCommand.self, CodeCommand.self, EnrollmentCommand.self, KeysCommand.self,
            ExpressionCommand.self, PolicyCommand.self, TokenCommand.self, AdministratorCommand.self,
            BackupCommand.self,
            RestoreCommand.self,
        ])

    /// The version of this program.
    static let version = "0.1.0"

    static func main() {
        // A priority above that of other programs, as the first task else has, is not a service's to take: each thread that runs a
        // task would leave a complaint in the log.
        Task(priority: .medium) { await run() }
        dispatchMain()
    }

    private static func run() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            exit(withError: nil)
        } catch {
            guard let failure = Failure(error) else { exit(withError: error) }
            Console.report(failure)
            exit(withError: ExitCode(1))
        }
    }
}
