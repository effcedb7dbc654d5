// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier code`.
struct CodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "code",
        abstract: "Print a one-time code that enrols one device of a person.",
        discussion: """
            The code is shown once. Give it to the person by a way that you trust; it counts for a short time and for a few \
            tries, it opens no app, and the person is told when it is used.

            Examples:
              verifier code alice
              agent enroll https://id.example.com --code CODE
            """)

    @Argument(help: "The person's username.") var username: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    private struct Line: Encodable {
        var username: String
        var code: String
        var minutes: Int64
    }

    func run() async throws {
        let services = try await options.services()
        let code = try await services.codes.issue(username: username)
        if output.json {
            try Console.say(json: Line(username: username, code: code, minutes: services.settings.codeLifetime / 60))
        } else {
            Console.say(code)
            Console.note("for \(username), for \(services.settings.codeLifetime / 60) minutes, for one device")
        }
    }
}
