// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a command asks of the running agent: one JSON object on a line.
package struct ControlRequest: Hashable, Sendable, Codable {
    /// The commands.
    package enum Command: String, Hashable, Sendable, Codable {
        /// Tells how the agent is.
        case status
        /// Lends a terminal for prompts until the connection ends.
        case attend
        /// Answers a challenge that a link brought, until the connection ends.
        case challenge
    }

    /// The command.
    package var command: Command
    /// The compact JWS, for `challenge`.
    package var challenge: String?
    /// The terminal's device, for `attend`.
    package var terminal: String?
    /// The terminal's `TERM`, for `attend`.
    package var terminalType: String?
    /// The terminal's `LC_CTYPE`, for `attend`.
    package var characterType: String?

    /// A request.
    package init(
        _ command: Command, challenge: String? = nil, terminal: String? = nil, terminalType: String? = nil,
        characterType: String? = nil
    ) {
        self.command = command
        self.challenge = challenge
        self.terminal = terminal
        self.terminalType = terminalType
        self.characterType = characterType
    }
}

/// What the agent answers: one JSON object on a line, with one of the members.
package struct ControlReply: Hashable, Sendable, Codable {
    /// How the agent is.
    package var status: AgentStatus?
    /// That the terminal was taken on loan.
    package var attending: Bool?
    /// That the verifier took the answer to the challenge.
    package var answered: Bool?
    /// Why the request was refused, for a person.
    package var error: String?

    init(status: AgentStatus) { self.status = status }
    init(attending: Bool) { self.attending = attending }
    init(answered: Bool) { self.answered = answered }
    init(error: String) { self.error = error }
}

/// How a running agent is.
package struct AgentStatus: Hashable, Sendable, Codable {
    /// The agent's version.
    package var version: String
    /// The addresses that it listens on, such as `127.0.0.1:61711`.
    package var listening: [String]
    /// Since when, in seconds since 1970.
    package var since: Int64
    /// How many prompts are open or wait for their turn.
    package var promptsOpen: Int
    /// How many terminals are lent for prompts.
    package var terminalsLent: Int

    /// A status.
    package init(version: String, listening: [String], since: Int64, promptsOpen: Int, terminalsLent: Int) {
        self.version = version
        self.listening = listening
        self.since = since
        self.promptsOpen = promptsOpen
        self.terminalsLent = terminalsLent
    }
}
