// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import ArgumentParser
internal import Pinentry
internal import TOMLConfiguration

/// Shows each setting as it holds.
struct ConfigShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows each setting, where it came from, and whether it is locked.",
        discussion: """
            EXAMPLES
              agent config show
              agent config show --json

            EXIT STATUS
              0 done   1 the administrator's files are not understood, so that the agent does not start
            """)

    @Flag(help: "Print the settings as JSON.")
    var json = false

    /// The settings for a program.
    struct Document: Encodable {
        let settings: [EffectiveSetting]
    }

    func run() async throws {
        let settings: [EffectiveSetting]
        do throws(ConfigurationError) {
            settings = try AgentConfigurationReader().read().effectiveSettings(environment: Console.environment)
        } catch { throw CommandFailure(error) }
        if json { return try Console.print(json: Document(settings: settings)) }
        for setting in settings { Console.print(Self.line(setting)) }
    }

    private static func line(_ setting: EffectiveSetting) -> String {
        let key = setting.key + String(repeating: " ", count: max(0, 30 - setting.key.count))
        let lock = setting.isLocked ? Style.warning.apply("  locked") : ""
        let origin = DisplayText("\(setting.origin)", limit: 200)
        return "\(key) \(DisplayText("\(setting.value)", limit: 1000))  \(Style.faint.apply("\(origin)"))\(lock)"
    }
}
