// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import FIDO2Keys
internal import PIVKeys

/// Where the keys of an enrolment are made.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the keys are made: \(KeyKind.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "kind"),
        transform: Self.kind)
    var key: KeyKind = .software

    @Option(
        help: ArgumentHelp(
            "Where the key for silent sign-ins is made, if elsewhere than --key says.", valueName: "kind"),
        transform: Self.kind)
    var possessionKey: KeyKind?

    @Flag(
        help: ArgumentHelp(
            "Verify you by this machine's fingerprint reader instead of a PIN, where your organisation takes that.",
            discussion: "Only with keys of the kinds software and tpm. Enrol a finger first: fprintd-enroll."))
    var fingerprint = false

    @Option(help: "The security key, by the path or serial number of 'agent keys list'; else the one that you touch.")
    var securityKey: String?

    @Flag(help: "Keep the security key's credential in its own memory, where programs that manage keys list it.")
    var discoverable = false

    @Option(
        help: "The smart card, by a part of its reader's name or its serial number, as 'agent keys list' shows them.")
    var card: String?

    @Option(help: "The smart card's slot for the key behind the PIN: 9a, 9c, 9d, 9e or 82 to 95. Default: 9a.")
    var slot: String?

    @Flag(
        help: "Have the smart card make new keys; its management key is asked for. Else keys that are there are used.")
    var generate = false

    private static func kind(_ name: String) throws -> KeyKind {
        guard let kind = KeyKind(rawValue: name) else {
            throw ValidationError(
                "'\(name)' is no kind of key: \(KeyKind.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return kind
    }

    func validate() throws {
        if fingerprint, key != .software, key != .tpm {
            throw ValidationError(
                "--fingerprint is for --key software and tpm: a security key or smart card verifies you by itself.")
        }
        if let slot, PIVSlot(slot) == nil {
            throw ValidationError("'\(slot)' is no slot of a smart card: 9a, 9c, 9d, 9e, or 82 to 95.")
        }
        if key == .software || key == .tpm, possessionKey == .fido2 || possessionKey == .piv {
            throw ValidationError(
                "a key for silent sign-ins on a token goes with one behind a PIN there: name the token with --key.")
        }
    }

    /// The choice for an enrolment.
    var choice: KeyChoice { KeyChoice(possession: possessionKey ?? key, verification: key) }

    /// Whether a user-verification key is made without being asked for: on a token it is what the token is for.
    var wantsVerification: Bool { key == .fido2 || key == .piv || fingerprint }

    /// How the key of an enrolment verifies the person.
    var verification: UserVerificationMethod { fingerprint ? .fingerprint : .pin }

    var fido2: FIDO2Options {
        let device: FIDO2Options.Device =
            switch securityKey {
            case nil: .any
            case let path? where path.hasPrefix("/"): .path(path)
            case let serial?: .serial(serial)
            }
        return FIDO2Options(device: device, isDiscoverable: discoverable)
    }

    var piv: PIVOptions {
        PIVOptions(card: card, verificationSlot: slot.flatMap { PIVSlot($0) }, source: generate ? .new : .existing)
    }
}
