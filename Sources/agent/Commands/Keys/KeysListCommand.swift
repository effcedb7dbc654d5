// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import FIDO2Keys
internal import PIVKeys
internal import Pinentry
internal import TPMKeys

/// Lists the hardware that can hold keys, and the keys of enrolments.
struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists security keys, smart cards, the TPM and the keys of enrolments.",
        discussion: """
            EXAMPLES
              agent keys list
              agent keys list --json
            """)

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() async throws {
        let parts = try AgentParts(onlyLooks: true)
        let enrollments = try await parts.enrollments()
        let enrolled = try await CommandFailure.explaining { try await enrollments.all() }
            .flatMap { enrollment in enrollment.keys.map { EnrolledKeySummary($0, of: enrollment) } }
        async let tokens = Self.explained { try await FIDO2Devices.list().map(SecurityKeySummary.init) }
        async let cards = Self.explained { try await PIVCards.list().map(SmartCardSummary.init) }
        async let tpm = Self.explained { [TPMSummary(try await TPMKeyStore().status())] }
        let inventory = KeyInventory(
            securityKeys: await tokens, smartCards: await cards, tpm: await tpm, enrolled: enrolled)
        if json {
            try Console.print(json: inventory)
        } else {
            inventory.lines.forEach(Console.print)
        }
    }

    /// What was found, or why nothing could be.
    private static func explained<Summary: KeySummary>(
        _ find: () async throws -> [Summary]
    ) async -> Found<Summary> {
        do { return Found(found: try await find(), problem: nil) } catch {
            return Found(found: [], problem: "\(error)")
        }
    }
}

/// A thing in the list.
protocol KeySummary: Encodable, Sendable {
    /// For a person.
    var lines: [String] { get }
}

/// What was found of one kind.
struct Found<Summary: KeySummary>: Encodable, Sendable {
    let found: [Summary]
    /// Why it could not be looked for; `nil` where it could.
    let problem: String?
}

/// All that was found.
struct KeyInventory: Encodable {
    let securityKeys: Found<SecurityKeySummary>
    let smartCards: Found<SmartCardSummary>
    let tpm: Found<TPMSummary>
    let enrolled: [EnrolledKeySummary]

    var lines: [String] {
        Self.section("Security keys", securityKeys, none: "none is plugged in")
            + Self.section("Smart cards", smartCards, none: "none is in a reader")
            + Self.section("TPM", tpm, none: "none")
            + Self.section(
                "Enrolled keys", Found(found: enrolled, problem: nil), none: "none: see 'agent enroll --help'")
    }

    private static func section<Summary: KeySummary>(
        _ title: String, _ found: Found<Summary>, none: String
    ) -> [String] {
        let lines = found.found.flatMap(\.lines)
        let nothing = found.problem.map { "\(DisplayText($0, limit: 300))" } ?? none
        return [Style.heading.apply(title)] + (lines.isEmpty ? [nothing] : lines).map { "  " + $0 } + [""]
    }
}
