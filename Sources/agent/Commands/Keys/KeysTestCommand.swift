// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import Cryptography
internal import DeviceKeys
internal import Pinentry
internal import WebAuthn

/// Tries an enrolled key: signs bytes that mean nothing, and checks the signature.
struct KeysTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Signs with an enrolled key, as a sign-in would, and checks the signature.",
        discussion: """
            What is signed means nothing to any verifier. A PIN is asked for, and a touch waited for, as in a sign-in;
            a key for silent sign-ins that does not sign silently is tried as after a consent prompt.

            EXAMPLES
              agent keys test fkQ2v8…
              agent keys list --json | jq -r '.enrolled[].id'
            """)

    @Argument(help: "The key's id, the beginning of it, or its name, as 'agent keys list' shows them.")
    var key: String

    func run() async throws {
        let parts = try AgentParts()
        let enrollments = try await CommandFailure.explaining { try await parts.enrollments().all() }
        let (stored, enrollment) = try EnrolledKeyChoice.one(named: key, among: enrollments)
        let terminal = OwnTerminal.find(parts.environment)
        let presence = parts.consent(
            on: OwnSurfaces(environment: parts.environment, terminal: terminal), queue: PromptQueue()
        ).presence(enrollingAt: enrollment.organizationName, issuer: enrollment.issuer)
        let message = Array("countersign key test\u{0}".utf8) + (try SecureRandom.bytes(32))
        let signature = try await CommandFailure.explaining {
            try await Interruption.cancels {
                try await unlocked(try await parts.keyStores().open(stored), presence)
                    .sign(message, presence: presence)
            }
        }
        guard try isGood(signature, of: message, by: stored, issuer: enrollment.issuer) else {
            throw CommandFailure("the key signed, but the signature is not its own", hint: "enrol this device again")
        }
        Console.print("\(Style.good.apply("works:")) \(stored.kind.rawValue) key \(stored.id)")
    }

    private func unlocked(_ key: any SigningKey, _ presence: any UserPresence) async throws -> any UnlockedKey {
        guard key.stored.purpose != .userVerification else {
            return try await key.unlock(for: .verification, presence: presence)
        }
        do {
            return try await key.unlock(for: .possession, presence: presence)
        } catch let error as DeviceKeyError where error.code == .interactionNeeded {
            return try await key.unlock(for: .presence, presence: presence)
        }
    }

    private func isGood(
        _ signature: [UInt8], of message: [UInt8], by key: StoredKey, issuer: String
    ) throws -> Bool {
        guard key.kind == .fido2 else { return key.publicKey.verifies(signature, of: message) }
        guard let relyingPartyID = RelyingPartyID.derived(fromIssuer: issuer) else { return false }
        let assertion = try CarriedAssertion(reading: signature)
        let facts = try? assertion.verify(
            with: key.publicKey, relyingPartyID: relyingPartyID, origin: issuer, message: message)
        return facts != nil
    }
}
