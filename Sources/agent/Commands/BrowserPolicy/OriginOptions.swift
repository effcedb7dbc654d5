// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BrowserPolicies
internal import WireProtocol

/// Whose pages are let through.
struct OriginOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The origin of a sign-in page, such as https://id.example.com; may be given several times.",
            valueName: "origin"))
    var origin: [String] = []

    @Flag(
        help: """
            Have Chromium 142 to 145 understand it as well. Their policy is for the local network, too, and later \
            versions take it so.
            """)
    var olderBrowsers = false

    mutating func validate() throws { _ = try origins() }

    /// The origins that were given.
    func origins() throws -> [Origin] {
        try origin.map { text in
            guard let origin = Origin(ofURL: text), Self.isOrigin(text) else {
                throw ValidationError("'\(text)' is not an origin, such as https://id.example.com.")
            }
            return origin
        }
    }

    /// Whether nothing follows the host and the port but one slash.
    private static func isOrigin(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).dropFirst(3).allSatisfy(\.isEmpty)
            && !text.contains { $0 == "?" || $0 == "#" }
    }

    /// What is to be written for origins.
    func document(for origins: [Origin]) throws(CommandFailure) -> PolicyDocument {
        do throws(PolicyRefusal) {
            return try PolicyDocument(origins: origins, forOlderBrowsers: olderBrowsers)
        } catch {
            throw CommandFailure(error.description)
        }
    }
}
