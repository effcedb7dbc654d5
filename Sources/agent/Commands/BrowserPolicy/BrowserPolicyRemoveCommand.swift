// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BrowserPolicies

/// Removes the policies.
struct BrowserPolicyRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes the policies that 'install' wrote, and nothing else.",
        discussion: """
            Needs root. A file that was changed since is left as it is, and told. Without --browser: all of them, also
            those of browsers that are gone.

            EXAMPLES
              sudo agent browser-policy remove
              sudo agent browser-policy remove --browser firefox
            """)

    @OptionGroup var browsers: BrowserChoice

    @Flag(help: "Print what was done as JSON.")
    var json = false

    func run() async throws {
        try PolicyReport.demandRoot()
        let outcomes: [PolicyOutcome]
        do throws(PolicyRefusal) { outcomes = try browsers.installation.remove(at: browsers.named) } catch {
            throw CommandFailure(error.description)
        }
        try PolicyReport(outcomes, nil).print(json: json)
    }
}
