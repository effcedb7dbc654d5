// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import PIVKeys

/// Which slots of a smart card the keys are in, and what the card makes there.
struct SlotOptions: ParsableArguments {
    /// The words for algorithms, which are those of 'agent keys list'.
    private static let algorithms = Words(PIVAlgorithm.allCases.map { ("\($0)", $0) })
    /// Without 'never': a key behind no PIN does not verify anybody.
    private static let pinPolicies = Words([PIVPINPolicy.once, .always].map { ($0.rawValue, $0) })
    private static let touchPolicies = Words(
        [PIVTouchPolicy.never, .always, .cached].map { ($0.rawValue, $0) })

    @Option(
        help: "The smart card's slot for the key behind the PIN: 9a, 9c, 9d or 82 to 95. Default: 9a.",
        transform: Self.slot)
    var slot: PIVSlot?

    @Option(
        help: """
            The smart card's slot for the key for silent sign-ins: 9e, or a slot whose key has the PIN policy 'never'.
            Default: 9e.
            """,
        transform: Self.slot)
    var possessionSlot: PIVSlot?

    @Flag(
        help: "Have the smart card make new keys; its management key is asked for. Else keys that are there are used.")
    var generate = false

    @Flag(help: "With --generate: also in slots that hold a key or a certificate. What they hold is lost.")
    var replace = false

    @Option(
        help: ArgumentHelp(
            "With --generate: the keys' algorithm: \(Self.algorithms.list). Default: p256.",
            discussion: "RSA-4096 and Ed25519 are on YubiKeys from firmware 5.7 only."),
        transform: { try Self.algorithms.value(of: $0, "algorithm of a smart card's key") })
    var algorithm: PIVAlgorithm?

    @Option(
        help: """
            With --generate, on a YubiKey: when the key behind the PIN asks for it: \(Self.pinPolicies.list).
            Default: as the slot has it.
            """,
        transform: { try Self.pinPolicies.value(of: $0, "PIN policy") })
    var pinPolicy: PIVPINPolicy?

    @Option(
        help: """
            With --generate, on a YubiKey: when the key behind the PIN asks for a touch: \(Self.touchPolicies.list).
            Default: never.
            """,
        transform: { try Self.touchPolicies.value(of: $0, "touch policy") })
    var touchPolicy: PIVTouchPolicy?

    /// Refuses what says nothing about the keys that are chosen.
    func validate(for keys: KeyChoice) throws {
        let isVerificationThere = keys.verification == .piv
        let isPossessionThere = keys.possession == .piv
        if slot != nil, !isVerificationThere { throw ValidationError("--slot goes with --key piv.") }
        if possessionSlot != nil, !isPossessionThere {
            throw ValidationError("--possession-slot goes with --key piv or --possession-key piv.")
        }
        if generate, !keys.isOnCard { throw ValidationError("--generate goes with --key piv.") }
        let ofNewKeys = [
            ("--replace", replace), ("--algorithm", algorithm != nil), ("--pin-policy", pinPolicy != nil),
            ("--touch-policy", touchPolicy != nil),
        ]
        if !generate, let (name, _) = ofNewKeys.first(where: \.1) {
            throw ValidationError("\(name) goes with --key piv --generate.")
        }
        if !isVerificationThere, pinPolicy != nil || touchPolicy != nil {
            throw ValidationError(
                "--pin-policy and --touch-policy are for the key behind the PIN: they go with --key piv.")
        }
        let options = options(card: nil)
        if isVerificationThere, isPossessionThere, options.verificationSlot == options.possessionSlot {
            throw ValidationError(
                "the key behind the PIN and the silent one cannot both be in slot \(options.possessionSlot).")
        }
    }

    /// What the options say.
    func options(card: String?) -> PIVOptions {
        PIVOptions(
            card: card, verificationSlot: slot ?? .authentication,
            possessionSlot: possessionSlot ?? .cardAuthentication,
            source: !generate ? .existing : replace ? .replacement : .new, algorithm: algorithm ?? .p256,
            pinPolicy: pinPolicy ?? .standard, touchPolicy: touchPolicy ?? .standard)
    }

    private static func slot(_ name: String) throws -> PIVSlot {
        guard let slot = PIVSlot(name) else {
            throw ValidationError("'\(name)' is no slot of a smart card: 9a, 9c, 9d, 9e, or 82 to 95.")
        }
        return slot
    }
}

/// The words that stand for the values of an option.
private struct Words<Value: Sendable>: Sendable {
    let values: [(word: String, value: Value)]

    init(_ values: [(word: String, value: Value)]) { self.values = values }

    /// All words, for a person.
    var list: String { values.map(\.word).joined(separator: ", ") }

    func value(of word: String, _ what: String) throws -> Value {
        guard let found = values.first(where: { $0.word == word.lowercased() }) else {
            throw ValidationError("'\(word)' is no \(what): \(list).")
        }
        return found.value
    }
}
