// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier token`.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Keep the tokens of the management API.",
        discussion: """
            Programs of administrators present a token as 'Authorization: SSWS TOKEN'. The first one is made here; see \
            docs/management-api.md for what can be asked.
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    /// What is printed of a token.
    private struct Line: Encodable {
        var id: String
        var name: String
        var status: APITokenRecord.Standing
        var scopes: [APIScope]
        var createdAt: String
        var expiresAt: String
        var lastUsedAt: String?
        var token: String?

        init(_ record: APITokenRecord, at now: Int64, text: String? = nil) {
            id = record.id
            name = record.name
            status = record.standing(at: now)
            scopes = record.scopes
            createdAt = record.createdAtText
            expiresAt = record.endsAtText
            lastUsedAt = record.usedAtText
            token = text
        }
    }

    /// `verifier token create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, this once.",
            discussion: """
                The store keeps a hash of it. A scope is okta.RESOURCE.read or okta.RESOURCE.manage, with users, groups, devices, \
                deviceAssurance, devicePostureChecks, policies, networkZones or logs (read alone); to manage is to read as well.

                Examples:
                  verifier token create terraform --scope okta.policies.manage --scope okta.groups.read
                  verifier token create first-administrator --all-scopes --days 7 --json
                """)

        @Argument(help: "What the token is for.") var name: String
        @Option(name: .long, help: ArgumentHelp("What the token may do; may be repeated.", valueName: "scope"))
        var scope: [String] = []
        @Flag(name: .long, help: "The token may do everything.") var allScopes = false
        @Option(name: .long, help: ArgumentHelp("For how long it counts, 1 to 366.", valueName: "days"))
        var days: Int64 = 90
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func validate() throws {
            guard allScopes != !scope.isEmpty else {
                throw ValidationError(
                    "name what the token may do with --scope, or give it everything with --all-scopes")
            }
            if let unknown = scope.first(where: { APIScope($0) == nil }) {
                throw ValidationError(
                    "there is no scope '\(unknown)'; there are \(APIScope.all.map(\.description).joined(separator: ", "))"
                )
            }
        }

        func run() async throws {
            let services = try await options.services()
            let scopes = allScopes ? APIScope.all : scope.compactMap { APIScope($0) }
            let (record, text) = try await services.apiTokens.create(name: name, scopes: scopes, days: days)
            if output.json {
                try Console.say(json: Line(record, at: services.clock.now(), text: text))
            } else {
                Console.say(text)
                Console.note("'\(name)', until \(record.endsAtText); it is not shown again")
            }
        }
    }

    /// `verifier token list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens.", discussion: "Examples:\n  verifier token list\n  verifier token list --json")

        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let services = try await options.services()
            let now = services.clock.now()
            let records = try await services.apiTokens.list()
            if output.json { return try Console.say(json: records.map { Line($0, at: now) }) }
            Console.table(
                records.map {
                    [
                        $0.id, $0.standing(at: now).rawValue, "until \($0.endsAtText)",
                        "used \($0.usedAtText ?? "never")",
                        $0.name, $0.scopes.map(\.description).joined(separator: " "),
                    ]
                })
        }
    }

    /// `verifier token revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token: it counts for nothing from now on.",
            discussion: "Examples:\n  verifier token revoke terraform\n  verifier token revoke ID --json")

        @Argument(help: "The token's id or name, as 'verifier token list' shows them.") var token: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let services = try await options.services()
            let record = try await services.apiTokens.revoke(token)
            if output.json {
                try Console.say(json: Line(record, at: services.clock.now()))
            } else {
                Console.say("\(record.id)  revoked  \(record.name)")
            }
        }
    }
}
