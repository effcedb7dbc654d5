// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// What is there of keys, and whether they work.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Lists security keys, smart cards, the TPM and enrolled keys; tries, names and removes keys.",
        subcommands: [
            KeysListCommand.self, KeysTestCommand.self, KeysRenameCommand.self, KeysRemoveCommand.self,
        ], defaultSubcommand: KeysListCommand.self)
}
