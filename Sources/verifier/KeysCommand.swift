// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Keep the verifier's own keys.", subcommands: [List.self, Rotate.self])

    /// `verifier keys list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys that sign challenges and ID tokens, and those that they took the place of.",
            discussion: """
                'checking' are keys that sign no more, but that what they signed is still checked with.

                Examples:
                  verifier keys list
                  verifier keys list --json
                """)

        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let entries = try await options.services().signingKeys.list()
            if output.json { return try Console.say(json: entries) }
            Console.table(
                entries.map {
                    [$0.use, $0.status.rawValue, $0.id, $0.created, $0.toldUntil.map { "told until \($0)" } ?? ""]
                })
        }
    }

    /// `verifier keys rotate`.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the keys that sign challenges and ID tokens.",
            discussion: """
                The new challenge keys are announced under the old ones, so that agents follow, also those that were off for \
                long. Old public keys stay in the JWKS for a week. A running server takes the new keys within seconds.

                Example:
                  verifier keys rotate
                """)

        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        private struct Line: Encodable { var sequence: Int }

        func run() async throws {
            let services = try await options.services()
            let sequence = try await services.challengeKeys.rotate()
            try await services.tokenKeys.rotate()
            if output.json {
                try Console.say(json: Line(sequence: sequence))
            } else {
                Console.say("key set \(sequence)")
            }
        }
    }
}
