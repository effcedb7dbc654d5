// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import BrowserPolicies
internal import WireProtocol

/// Shows the policies.
struct BrowserPolicyPrintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Prints the policies and where they belong; changes nothing.",
        discussion: """
            Without --origin: for the organisations that you are enrolled with.

            EXAMPLES
              agent browser-policy print
              agent browser-policy print --origin https://id.example.com --browser edge --json
            """)

    @OptionGroup var page: OriginOptions
    @OptionGroup var browsers: BrowserChoice

    @Flag(help: "Print the policies as JSON.")
    var json = false

    private struct Summary: Encodable {
        struct Policy: Encodable {
            let browsers: [String]
            let path: String
            let content: String
        }
        let policies: [Policy]
    }

    func run() async throws {
        var origins = try page.origins()
        if origins.isEmpty {
            let enrollments = try await AgentParts().enrollments()
            let all = try await CommandFailure.explaining { try await enrollments.all() }
            origins = all.flatMap(\.pinned.allowedOrigins)
            guard !origins.isEmpty else {
                throw CommandFailure("this device is not enrolled anywhere", hint: "name the pages with --origin")
            }
        }
        let document = try page.document(for: origins)
        let policies = try browsers.places().map { place in
            Summary.Policy(
                browsers: place.names, path: place.path,
                content: String(decoding: place.bytes(of: document), as: UTF8.self))
        }
        if json { return try Console.print(json: Summary(policies: policies)) }
        for policy in policies {
            Console.print("# \(policy.path) (\(policy.browsers.joined(separator: ", ")))")
            Console.print(policy.content)
        }
    }
}
