// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer
internal import WireProtocol

/// `verifier enrollment keys`.
struct EnrollmentKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List the keys with which an enrolment signs in.",
        discussion: "Examples:\n  verifier enrollment keys ID\n  verifier enrollment keys ID --json")

    @Argument(help: "The enrolment's id.") var id: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let entries = try await options.services().enrollmentDirectory.keys(of: id)
        if output.json { return try Console.say(json: entries) }
        Console.table(
            entries.map {
                [
                    $0.id, $0.keyType.rawValue, $0.hardware?.rawValue ?? "file",
                    $0.isAttested ? "attested" : "not attested", $0.createdAtText, $0.model ?? "",
                ]
            })
    }
}

/// `verifier enrollment remove-key`.
struct RemoveKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-key",
        abstract: "Remove a lost key: sessions that rest on its enrolment end, and it never counts again.",
        discussion: "Example:\n  verifier enrollment remove-key ID KEY")

    private struct Removed: Encodable {
        var id: String
        var key: String
        var status: String
    }

    @Argument(help: "The enrolment's id.") var id: String
    @Argument(help: "The key's id, as 'verifier enrollment keys' lists it.") var key: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.services().enrollmentDirectory.removeKey(key, of: id)
        if output.json {
            try Console.say(json: Removed(id: id, key: key, status: "removed"))
        } else {
            Console.say("\(id)  \(key)  removed")
        }
    }
}
