// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier user`.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Keep the people who may sign in.",
        subcommands: [
            Add.self, List.self, Suspend.self, Resume.self, Delete.self, UserImportCommand.self,
            UserExportCommand.self,
        ])

    /// What is printed of a person.
    private struct Line: Encodable {
        var id: String
        var username: String
        var displayName: String
        var status: String

        init(_ user: User) {
            id = user.id
            username = user.username
            displayName = user.displayName
            status = user.status.rawValue
        }
    }

    private static func report(_ user: User, _ output: OutputOptions) throws {
        if output.json {
            try Console.say(json: Line(user))
        } else {
            Console.say("\(user.username)  \(user.status.rawValue)")
        }
    }

    /// `verifier user add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a person.",
            discussion: """
                Examples:
                  verifier user add alice --name "Alice Example"
                  verifier user add bob@example.com --json

                Then print a one-time code for their first device: verifier code alice
                """)

        @Argument(help: "What the person types to sign in.") var username: String
        @Option(name: .long, help: ArgumentHelp("The person's name for others.", valueName: "display name")) var name:
            String?
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let user = try await options.services().users.add(username: username, displayName: name)
            try report(user, output)
        }
    }

    /// `verifier user list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the people.", discussion: "Example:\n  verifier user list --json")

        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let users = try await options.services().users.list()
            if output.json { return try Console.say(json: users.map(Line.init)) }
            Console.table(users.map { [$0.username, $0.status.rawValue, $0.displayName] })
        }
    }

    /// `verifier user suspend`.
    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Suspend a person: their sessions end, and they cannot sign in.",
            discussion: "Example:\n  verifier user suspend alice")

        @Argument(help: "The person's username.") var username: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws { try report(try await options.services().users.suspend(username: username), output) }
    }

    /// `verifier user resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a suspended person sign in again.", discussion: "Example:\n  verifier user resume alice")

        @Argument(help: "The person's username.") var username: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws { try report(try await options.services().users.resume(username: username), output) }
    }

    /// `verifier user delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a person with their devices, for good.",
            discussion: "Example:\n  verifier user delete alice")

        @Argument(help: "The person's username.") var username: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws { try report(try await options.services().users.delete(username: username), output) }
    }
}
