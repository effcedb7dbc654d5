// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent

/// Lends its terminal for prompts.
struct AttendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attend", abstract: "Shows the agent's prompts in this terminal until Ctrl-C.",
        discussion: """
            For machines without a desktop, and for sessions over SSH: the agent runs as a service and has no terminal
            of its own.

            EXAMPLES
              agent attend
            """)

    func run() async throws {
        let parts = try AgentParts()
        guard let terminal = OwnTerminal.find(parts.environment) else {
            throw CommandFailure("this is not a terminal", hint: "run 'agent attend' in a terminal window")
        }
        let control = parts.control()
        do {
            try await Interruption.cancels {
                try await control.attend(terminal) {
                    Console.note("prompts are shown here; press Ctrl-C to end")
                }
            }
        } catch is CancellationError {
            return
        } catch {
            try await CommandFailure.explaining { throw error }
        }
    }
}
