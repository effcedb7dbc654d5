// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys

/// Names an enrolled key.
struct KeysRenameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Names an enrolled key.",
        discussion: """
            Prompts and lists show the name; it does not leave this device.

            EXAMPLES
              agent keys rename fkQ2v8 "blue key"
              agent keys rename "blue key" "key in the drawer" --json
            """)

    @Argument(help: "The key's id, the beginning of it, or its name, as 'agent keys list' shows them.")
    var key: String

    @Argument(help: "The new name: 1 to 60 characters.")
    var name: String

    @Flag(help: "Print the key as JSON.")
    var json = false

    func validate() throws {
        guard KeyName(name) != nil else { throw ValidationError(KeyName.rule) }
    }

    func run() async throws {
        let enrollments = try await AgentParts().enrollments()
        let all = try await CommandFailure.explaining { try await enrollments.all() }
        var (stored, enrollment) = try EnrolledKeyChoice.one(named: key, among: all)
        guard let name = try EnrolledKeyChoice.newName(name, for: stored, among: all) else { return }
        try await CommandFailure.explaining { try await enrollments.nameKey(id: stored.id, name) }
        enrollment.keyNames[stored.id] = name.text
        let summary = EnrolledKeySummary(stored, of: enrollment)
        if json {
            try Console.print(json: summary)
        } else {
            summary.lines.forEach { Console.print("renamed \($0)") }
        }
    }
}
