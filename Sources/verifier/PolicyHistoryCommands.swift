// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier policy history`.
struct PolicyHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List the versions of a policy, rule, zone or device assurance policy of the management API.",
        discussion: """
            Examples:
              verifier policy history rul0123456789abcdefghijklmnop
              verifier policy history rul0123456789abcdefghijklmnop --json
            """)

    /// What is printed of a version.
    struct Line: Encodable {
        var revision: Int
        var change: DocumentChange
        var at: String
        var by: String
        var name: String
        var status: DocumentRecord.Status
        var document: String

        init(_ version: DocumentVersion) {
            revision = version.revision
            change = version.change
            at = version.record.updatedAtText
            by = version.record.updatedBy
            name = version.record.name
            status = version.record.status
            document = version.record.body
        }
    }

    @Argument(help: "The document's id.") var id: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let versions = try await options.services().documentHistory.versions(of: id)
        if output.json { return try Console.say(json: versions.map(Line.init)) }
        Console.table(
            versions.map {
                [
                    "\($0.revision)", $0.change.rawValue, $0.record.updatedAtText, $0.record.updatedBy,
                    $0.record.status.rawValue, $0.record.name,
                ]
            })
    }
}

/// `verifier policy revert`.
struct PolicyRevertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Put an earlier version in the place of what a document says now.",
        discussion: """
            That is a version of its own, so that it can be undone in the same way. A document that was deleted comes back.

            Example:
              verifier policy revert rul0123456789abcdefghijklmnop 3
            """)

    @Argument(help: "The document's id.") var id: String
    @Argument(help: "The version's number, as 'verifier policy history' lists it.") var revision: Int
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    private struct Line: Encodable {
        var id: String
        var name: String
        var revision: Int
    }

    func run() async throws {
        let record = try await options.services().documentHistory.revert(id, to: revision)
        if output.json {
            try Console.say(json: Line(id: record.id, name: record.name, revision: record.revision))
        } else {
            Console.say("\(record.id)  version \(record.revision)  \(record.name)")
        }
    }
}
