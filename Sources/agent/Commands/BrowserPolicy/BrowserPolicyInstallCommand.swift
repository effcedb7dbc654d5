// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BrowserPolicies

/// Writes the policies.
struct BrowserPolicyInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Writes the policies, in place of those that it wrote before.",
        discussion: """
            Needs root. The origins are all that are let through from now on. A file that somebody else wrote is never
            changed: where one stands in the way, what has to be added to it is printed.

            EXAMPLES
              sudo agent browser-policy install --origin https://id.example.com
              sudo agent browser-policy install --origin https://id.example.com --all --root /mnt/image
            """)

    @OptionGroup var page: OriginOptions
    @OptionGroup var browsers: BrowserChoice

    @Flag(help: "Print what was done as JSON.")
    var json = false

    mutating func validate() throws {
        guard page.origin.isEmpty else { return }
        throw ValidationError(
            "Say with --origin whose pages are let through; 'agent browser-policy print' shows yours.")
    }

    func run() async throws {
        try PolicyReport.demandRoot()
        let document = try page.document(for: try page.origins())
        let places = try browsers.places()
        let outcomes: [PolicyOutcome]
        do throws(PolicyRefusal) { outcomes = try browsers.installation.install(document, at: places) } catch {
            throw CommandFailure(error.description)
        }
        try PolicyReport(outcomes, document).print(json: json)
    }
}
