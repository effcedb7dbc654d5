// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// One command's view of what is around the key: the person, and whoever may cancel.
struct Interaction: Sendable {
    /// Waits until the key is touched; throws where it is not, in time.
    var touch: @Sendable () throws(CTAPStatus) -> Void
    /// Waits for a finger: whether it is the right one.
    var finger: @Sendable () throws(CTAPStatus) -> Bool
}

/// All that a virtual key knows, and what it does with each command of CTAP 2.1 §6.
struct AuthenticatorState: Sendable {
    /// A token that stands for a verified person (CTAP 2.1 §6.5.2.1).
    struct Token: Sendable {
        var bytes: [UInt8]
        var version: Int
        var permissions: Permissions
        var relyingPartyID: String?
        /// Whether the person was verified for it: for a credential's making and use, once.
        var isVerified = true
        /// Whether the finger that it was given for counts as a touch.
        var isPresent = false
    }

    struct Permissions: OptionSet {
        let rawValue: Int
        static let makeCredential = Permissions(rawValue: 0x01)
        static let getAssertion = Permissions(rawValue: 0x02)
        static let credentialManagement = Permissions(rawValue: 0x04)
    }

    let model: VirtualKeyModel
    let identity: AttestationIdentity

    // What outlasts power.
    var pinHash: [UInt8]?
    var pinTries = VirtualKeyModel.pinTries
    var fingerTries = VirtualKeyModel.fingerTries
    var credentials: [VirtualCredential] = []
    var counter: UInt32 = 0
    /// Added to every counter that is told, for a copy of a key that lags behind.
    var counterOffset: Int32 = 0
    /// What it signs although it is not so.
    var lie: VirtualKeyModel.Lie?

    // What is lost with it.
    var wrongPINsInARow = 0
    var agreements: [Int: KeyAgreement] = [:]
    var token: Token?
    var pendingAssertions: [VirtualCredential] = []
    var pendingContext: AssertionContext?
    var listing: [CBORValue] = []

    init(model: VirtualKeyModel, identity: AttestationIdentity) {
        self.model = model
        self.identity = identity
        powerUp()
    }

    /// Forgets what is lost with power.
    mutating func powerUp() {
        wrongPINsInARow = 0
        agreements = Dictionary(uniqueKeysWithValues: model.pinProtocols.map { ($0, KeyAgreement()) })
        token = nil
        pendingAssertions = []
        pendingContext = nil
        listing = []
    }

    /// Forgets everything.
    mutating func reset() {
        pinHash = nil
        pinTries = VirtualKeyModel.pinTries
        fingerTries = VirtualKeyModel.fingerTries
        credentials = []
        powerUp()
    }

    mutating func nextCounter() -> [UInt8] {
        counter += 1
        let told = UInt32(clamping: Int64(counter) + Int64(counterOffset))
        return (0..<4).reversed().map { UInt8(truncatingIfNeeded: told >> (8 * UInt32($0))) }
    }

    /// Answers one command: its number and the value behind it.
    mutating func answer(
        _ command: UInt8, _ parameters: CBORValue?, _ interaction: Interaction
    ) throws(CTAPStatus) -> CBORValue? {
        if command != 0x08 { pendingAssertions = [] }
        if command != 0x0A, command != 0x41 { listing = [] }
        switch command {
        case 0x01: return try makeCredential(try Self.required(parameters), interaction)
        case 0x02: return try getAssertion(try Self.required(parameters), interaction)
        case 0x04: return info
        case 0x06: return try clientPIN(try Self.required(parameters), interaction)
        case 0x07:
            try interaction.touch()
            reset()
            return nil
        case 0x08: return try nextAssertion()
        case 0x0A, 0x41: return try manageCredentials(try Self.required(parameters))
        case 0x0B:
            try interaction.touch()
            return nil
        default: throw .invalidCommand
        }
    }

    static func required<Value>(_ value: Value?) throws(CTAPStatus) -> Value {
        guard let value else { throw .missingParameter }
        return value
    }

    // MARK: - getInfo

    /// Whether somebody can be verified.
    var isProtected: Bool { pinHash != nil || model.hasFingerprintReader }

    private var info: CBORValue {
        var versions: [CBORValue] = ["FIDO_2_0"]
        if model.hasPermissions { versions.append("FIDO_2_1") }
        if model.managesCredentials { versions.append("FIDO_2_1_PRE") }
        if model.speaksU2F { versions.append("U2F_V2") }
        var options: [CBORValue: CBORValue] = [
            "rk": .bool(model.discoverableCapacity > 0), "up": true, "plat": false, "clientPin": .bool(pinHash != nil),
        ]
        if model.hasPermissions { options["pinUvAuthToken"] = true }
        if model.hasFingerprintReader { options["uv"] = true }
        if model.managesCredentials {
            options["credMgmt"] = true
            options["credentialMgmtPreview"] = true
        }
        if model.isAlwaysVerifying { options["alwaysUv"] = true }
        if model.makesCredentialsWithoutPIN, !model.isAlwaysVerifying { options["makeCredUvNotRqd"] = true }
        var members: [CBORValue: CBORValue] = [
            1: .array(versions), 3: .bytes(model.aaguid), 4: .map(options), 5: 2048,
            6: .array(model.pinProtocols.map { .integer($0) }), 7: .integer(VirtualKeyModel.longestList),
            8: .integer(VirtualKeyModel.credentialIDLength),
        ]
        if model.hasExtensions { members[2] = ["credProtect", "hmac-secret"] }
        if model.hasPermissions {
            members[9] = ["usb"]
            members[0x0A] = .array(model.algorithms.map { .map(["alg": .integer($0.cose), "type": "public-key"]) })
            if model.wantsNewPIN { members[0x0C] = true }
            members[0x0D] = .integer(VirtualKeyModel.minimumPINLength)
            members[0x0E] = 0x50403
            members[0x14] = .integer(model.discoverableCapacity - credentials.count { $0.isDiscoverable })
            if model.hasFingerprintReader { members[0x12] = 2 }
        }
        return .map(members)
    }
}

extension CBORValue: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: CBORValue...) { self = .array(elements) }
}
