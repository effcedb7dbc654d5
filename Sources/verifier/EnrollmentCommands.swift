// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier enrollment`.
struct EnrollmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrollment", abstract: "Keep the devices that answer for people.",
        subcommands: [
            List.self, Suspend.self, Resume.self, Delete.self, EnrollmentKeysCommand.self, RemoveKeyCommand.self,
        ])

    private struct Change: Encodable {
        var id: String
        var status: String
    }

    private static func report(_ id: String, _ status: String, _ output: OutputOptions) throws {
        if output.json {
            try Console.say(json: Change(id: id, status: status))
        } else {
            Console.say("\(id)  \(status)")
        }
    }

    /// `verifier enrollment list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the enrolments.",
            discussion: "Examples:\n  verifier enrollment list\n  verifier enrollment list --user alice --json")

        @Option(name: .long, help: ArgumentHelp("Those of one person only.", valueName: "username")) var user: String?
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let entries = try await options.services().enrollmentDirectory.list(username: user)
            if output.json { return try Console.say(json: entries) }
            Console.table(
                entries.map {
                    [$0.id, $0.username, $0.status.rawValue, $0.deviceName + ($0.deviceModel.map { " (\($0))" } ?? "")]
                })
        }
    }

    /// `verifier enrollment suspend`.
    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Suspend an enrolment: sessions that rest on it end, and it cannot answer.",
            discussion: "Example:\n  verifier enrollment suspend ID")

        @Argument(help: "The enrolment's id.") var id: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.services().enrollmentDirectory.suspend(id)
            try report(id, "suspended", output)
        }
    }

    /// `verifier enrollment resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a suspended enrolment answer again.", discussion: "Example:\n  verifier enrollment resume ID"
        )

        @Argument(help: "The enrolment's id.") var id: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.services().enrollmentDirectory.resume(id)
            try report(id, "active", output)
        }
    }

    /// `verifier enrollment delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete an enrolment for good.", discussion: "Example:\n  verifier enrollment delete ID")

        @Argument(help: "The enrolment's id.") var id: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.services().enrollmentDirectory.delete(id)
            try report(id, "deleted", output)
        }
    }
}
