// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cryptography
import DeviceKeys
import FIDO2Keys
import Glibc
import VirtualAuthenticator

/// Makes a credential by the product's own store, on the keys that libfido2 finds, and signs with it: for tests in which other
/// programs verify what comes of it.
struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Makes a credential and signs with it; prints all of it as JSON.")

    @Option(help: "possession, presence or verification.") var use = "presence"
    @Option(help: "The PIN.") var pin: String?
    @Option(help: "How many signatures are made.") var count = 1
    @Option(help: "The issuer.") var issuer = "https://id.example.com"
    @Option(help: "A key's path.") var device: String?
    @Flag(help: "Make a discoverable credential.") var discoverable = false

    func run() async throws {
        let uses: [String: KeyUse] = ["possession": .possession, "presence": .presence, "verification": .verification]
        guard let use = uses[use] else { throw ValidationError("no such use") }
        let store = FIDO2KeyStore(
            FIDO2Options(
                device: device.map { .path($0) } ?? .any, isDiscoverable: discoverable, touchTimeout: .seconds(20),
                insertTimeout: .seconds(5)))
        let presence = PINFromArgument(pin: pin)
        let challenge = [UInt8](repeating: 7, count: 32)
        let made = try await store.generate(
            KeyRequest(
                purpose: use == .verification ? .userVerification : .proofOfPossession, issuer: issuer,
                organizationName: "Example", attestationChallenge: challenge), presence: presence)
        let parts = made.attestation?.parts ?? [:]
        print("attestationObject \(Base64URL.encode(parts["attestationObject"] ?? []))")
        print("clientDataJSON \(Base64URL.encode(parts["clientDataJSON"] ?? []))")
        print("publicKey \(Base64URL.encode(try made.stored.publicKey.subjectPublicKeyInfo()))")
        let key = try await store.open(made.stored)
        for number in 0..<count {
            let message = Array("message \(number)".utf8)
            let unlocked = try await key.unlock(for: use, presence: presence)
            let assertion = try await unlocked.sign(message, presence: presence)
            print("assertion \(String(decoding: assertion, as: UTF8.self))")
            print("verification \(unlocked.verification.rawValue)")
        }
        fflush(nil)
    }
}

/// Lists keys as the product sees them.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists security keys.")

    func run() async throws {
        for key in try await FIDO2Devices.list() {
            print(
                key.path, key.product, key.versions.joined(separator: ","), "pin=\(key.hasPIN)",
                "reader=\(key.isOnReader)", separator: "\t")
        }
    }
}

private struct PINFromArgument: UserPresence {
    let pin: String?

    func pin(_ request: PINRequest) async throws -> SecretBytes {
        guard let pin, !request.lastEntryWasWrong else { throw DeviceKeyError(.cancelled, "there is no right PIN") }
        return SecretBytes(copying: Array(pin.utf8))
    }

    func newPIN(minimumLength: Int) async throws -> SecretBytes { throw DeviceKeyError(.noPrompt, "nobody is asked") }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result { try await body() }
}
