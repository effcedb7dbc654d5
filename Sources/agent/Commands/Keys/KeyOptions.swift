// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import FIDO2Keys

/// Where the keys of an enrolment are made.
struct KeyOptions: ParsableArguments {
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "Where the keys are made: \(KeyKind.allCases.map(\.rawValue).joined(separator: ", ")). Default: as the administrator set it, else software.",
            valueName: "kind"),
        completion: .list(KeyKind.allCases.map(\.rawValue)), transform: Self.kind)
    var namedKey: KeyKind?

    @Option(
        help: ArgumentHelp(
            "Where the key for silent sign-ins is made, if elsewhere than --key says.", valueName: "kind"),
        completion: .list(KeyKind.allCases.map(\.rawValue)), transform: Self.kind)
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
        help: ArgumentHelp(
            "When the security key may use its credentials without verifying you (credProtect): "
                + "\(Self.protections.map(\.name).joined(separator: ", ")). Default: the key's own.",
            valueName: "level"),
        completion: .list(Self.protections.map(\.name)), transform: Self.protection)
    var protection: FIDO2Options.CredentialProtection?

    @Option(
        help: "The smart card, by a part of its reader's name or its serial number, as 'agent keys list' shows them.")
    var card: String?

    /// Where the keys are made.
    var key: KeyKind { namedKey ?? .software }

    private static func kind(_ name: String) throws -> KeyKind {
        guard let kind = KeyKind(rawValue: name) else {
            throw ValidationError(
                "'\(name)' is no kind of key: \(KeyKind.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return kind
    }

    /// The levels of CTAP 2.1 §12.1.
    private static let protections: [(name: String, level: FIDO2Options.CredentialProtection)] = [
        ("optional", .userVerificationOptional),
        ("with-credential-id", .userVerificationOptionalWithCredentialID),
        ("required", .userVerificationRequired),
    ]

    private static func protection(_ name: String) throws -> FIDO2Options.CredentialProtection {
        guard let found = protections.first(where: { $0.name == name }) else {
            throw ValidationError(
                "'\(name)' is no level of credProtect: \(protections.map(\.name).joined(separator: ", ")).")
        }
        return found.level
    }

    func validate() throws {
        if fingerprint, key != .software, key != .tpm {
            throw ValidationError(
                "--fingerprint is for --key software and tpm: a security key or smart card verifies you by itself.")
        }
        if !choice.isOnSecurityKey {
            if securityKey != nil || discoverable {
                throw ValidationError(
                    "--security-key and --discoverable go with --key fido2 or --possession-key fido2.")
            }
            if protection != nil {
                throw ValidationError("--protection is for security keys: name one with --key fido2.")
            }
        }
        if protection == .userVerificationRequired, choice.possession == .fido2 {
            throw ValidationError(
                "a security key whose --protection is 'required' does not sign silently: "
                    + "have the key for silent sign-ins made elsewhere, as with --possession-key software.")
        }
        if card != nil, !choice.isOnCard {
            throw ValidationError("--card goes with --key piv or --possession-key piv.")
        }
    }

    /// Refuses keys that do not make an enrolment together.
    func checkThatKeysGoTogether() throws {
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
        return FIDO2Options(device: device, isDiscoverable: discoverable, protection: protection)
    }
}

extension KeyChoice {
    /// Whether any key is on a security key.
    var isOnSecurityKey: Bool { possession == .fido2 || verification == .fido2 }
    /// Whether any key is on a smart card.
    var isOnCard: Bool { possession == .piv || verification == .piv }
}
