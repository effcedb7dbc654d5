// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier administrator`.
struct AdministratorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "administrator", abstract: "Say who is an administrator, and of what.",
        discussion: """
            An administrator signs in to an administrators' app with their own device, and the app asks the management API for \
            them; see docs/management-api.md. Nothing but this command makes somebody one.
            """,
        subcommands: [Add.self, List.self, Remove.self])

    /// What is printed of an administrator.
    private struct Line: Encodable {
        var id: String
        var username: String
        var status: String
        var scopes: [APIScope]
        var createdAt: String

        init(_ entry: AdministratorDirectory.Entry) {
            id = entry.user.id
            username = entry.user.username
            status = entry.user.status.rawValue
            scopes = entry.record.scopes
            createdAt = entry.createdAtText
        }
    }

    /// `verifier administrator add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a person an administrator of what is named, and of nothing else.",
            discussion: """
                Who is one already is one of the new scopes alone, from the next request on.

                Examples:
                  verifier administrator add alice --all-scopes
                  verifier administrator add bob --scope okta.users.manage --scope okta.logs.read
                """)

        @Argument(help: "The person's name.") var username: String
        @Option(name: .long, help: ArgumentHelp("What the person may do; may be repeated.", valueName: "scope"))
        var scope: [String] = []
        @Flag(name: .long, help: "The person may do everything.") var allScopes = false
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func validate() throws {
            guard allScopes != !scope.isEmpty else {
                throw ValidationError(
                    "name what the person may do with --scope, or give them everything with --all-scopes")
            }
            if let unknown = scope.first(where: { APIScope($0)?.isForAccessTokens != true }) {
                let names = APIScope.forAccessTokens.map(\.description).joined(separator: ", ")
                throw ValidationError("there is no scope '\(unknown)' for people; there are \(names)")
            }
        }

        func run() async throws {
            let scopes = allScopes ? APIScope.forAccessTokens : scope.compactMap { APIScope($0) }
            let entry = try await options.services().administrators.set(username: username, scopes: scopes)
            if output.json { return try Console.say(json: Line(entry)) }
            Console.say("\(entry.user.id)  administrator  \(entry.user.username)")
        }
    }

    /// `verifier administrator list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the administrators.",
            discussion: "Examples:\n  verifier administrator list\n  verifier administrator list --json")

        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let lines = try await options.services().administrators.list().map { Line($0) }
            if output.json { return try Console.say(json: lines) }
            Console.table(
                lines.map {
                    [
                        $0.id, $0.username, $0.status, "since \($0.createdAt)",
                        $0.scopes.map(\.description).joined(separator: " "),
                    ]
                })
        }
    }

    /// `verifier administrator remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an administrator one no longer: what they have open ends with this.",
            discussion: "Examples:\n  verifier administrator remove alice\n  verifier administrator remove alice --json"
        )

        private struct Removed: Encodable {
            var id: String
            var username: String
            var status = "removed"
        }

        @Argument(help: "The person's name.") var username: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let user = try await options.services().administrators.remove(username: username)
            if output.json { return try Console.say(json: Removed(id: user.id, username: user.username)) }
            Console.say("\(user.id)  removed  \(user.username)")
        }
    }
}
