// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Keep the verifier's own keys.", subcommands: [Rotate.self])

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
