// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// What the administrator of this device has set.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks and shows what the administrator of this device has set.",
        discussion: """
            /etc/countersign/agent.toml is read first, then /etc/countersign/agent.toml.d/*.toml by name; what comes later
            wins. The files count only where root alone can have written them. Every key is told of in
            agent-configuration.md.
            """,
        subcommands: [ConfigCheckCommand.self, ConfigShowCommand.self])
}
