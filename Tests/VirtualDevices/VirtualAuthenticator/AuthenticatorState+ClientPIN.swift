// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// authenticatorClientPIN (CTAP 2.1 §6.5), and what tokens are checked by.
extension AuthenticatorState {
    mutating func clientPIN(_ parameters: CBORValue, _ interaction: Interaction) throws(CTAPStatus) -> CBORValue? {
        let subcommand = try Self.required(parameters[2]?.integer)
        switch subcommand {
        case 1: return .map([3: .integer(pinTries), 4: .bool(wrongPINsInARow >= VirtualKeyModel.pinTriesInARow)])
        case 7:
            guard model.hasFingerprintReader else { throw .notAllowed }
            return .map([5: .integer(fingerTries)])
        default: break
        }
        let version = try Self.required(parameters[1]?.integer)
        guard let agreement = agreements[version] else { throw .invalidParameter }
        if subcommand == 2 { return .map([1: agreement.publicKey]) }
        let shared = try agreement.shared(with: try Self.required(parameters[3]), version: version)
        switch subcommand {
        case 3:
            guard pinHash == nil else { throw .pinAuthInvalid }
            try setPIN(parameters, shared)
            return nil
        case 4:
            let encrypted = try Self.required(parameters[5]?.bytes)
            let hash = try Self.required(parameters[6]?.bytes)
            guard pinTries > 0 else { throw .pinBlocked }
            guard shared.isAuthentic(try Self.required(parameters[4]?.bytes), of: encrypted + hash) else {
                throw .pinAuthInvalid
            }
            try checkPIN(hash, shared)
            pinHash = try newPIN(encrypted, shared)
            token = nil
            return nil
        case 5:
            try checkPIN(try Self.required(parameters[6]?.bytes), shared)
            return try issue(shared, [.makeCredential, .getAssertion], nil)
        case 6 where model.hasPermissions:
            let permissions = try permissions(parameters)
            guard model.hasFingerprintReader else { throw .invalidOption }
            try useFinger(interaction)
            let answer = try issue(shared, permissions, parameters[10]?.text)
            token?.isPresent = true
            return answer
        case 9 where model.hasPermissions:
            let permissions = try permissions(parameters)
            try checkPIN(try Self.required(parameters[6]?.bytes), shared)
            if model.wantsNewPIN { throw .pinPolicyViolation }
            return try issue(shared, permissions, parameters[10]?.text)
        default: throw .invalidParameter
        }
    }

    private func permissions(_ parameters: CBORValue) throws(CTAPStatus) -> Permissions {
        let permissions = Permissions(rawValue: try Self.required(parameters[9]?.integer))
        guard !permissions.isEmpty else { throw .invalidParameter }
        guard permissions.isSubset(of: [.makeCredential, .getAssertion, .credentialManagement]) else {
            throw .unauthorizedPermission
        }
        if !permissions.isDisjoint(with: [.makeCredential, .getAssertion]), parameters[10]?.text == nil {
            throw .missingParameter
        }
        return permissions
    }

    // MARK: - The PIN

    private mutating func setPIN(_ parameters: CBORValue, _ shared: SharedSecret) throws(CTAPStatus) {
        let encrypted = try Self.required(parameters[5]?.bytes)
        guard shared.isAuthentic(try Self.required(parameters[4]?.bytes), of: encrypted) else { throw .pinAuthInvalid }
        pinHash = try newPIN(encrypted, shared)
        pinTries = VirtualKeyModel.pinTries
        wrongPINsInARow = 0
    }

    private func newPIN(_ encrypted: [UInt8], _ shared: SharedSecret) throws(CTAPStatus) -> [UInt8] {
        let padded = try shared.decrypt(encrypted)
        guard padded.count == 64, padded[63] == 0 else { throw .pinPolicyViolation }
        let pin = Array(padded.prefix { $0 != 0 })
        guard String(decoding: pin, as: UTF8.self).unicodeScalars.count >= VirtualKeyModel.minimumPINLength else {
            throw .pinPolicyViolation
        }
        return Self.hash(ofPIN: pin)
    }

    static func hash(ofPIN pin: [UInt8]) -> [UInt8] { Array(SHA256.hash(pin)[..<16]) }

    /// Checks a PIN's hash. The try is taken before anything is compared (§6.5.5.7.1).
    private mutating func checkPIN(_ encrypted: [UInt8], _ shared: SharedSecret) throws(CTAPStatus) {
        guard let pinHash else { throw .pinNotSet }
        guard pinTries > 0 else { throw .pinBlocked }
        guard wrongPINsInARow < VirtualKeyModel.pinTriesInARow else { throw .pinAuthBlocked }
        pinTries -= 1
        let entered = (try? shared.decrypt(encrypted)) ?? []
        guard ConstantTime.equal(entered, pinHash) else {
            wrongPINsInARow += 1
            agreements[shared.version] = KeyAgreement()
            if pinTries == 0 { throw .pinBlocked }
            throw wrongPINsInARow >= VirtualKeyModel.pinTriesInARow ? .pinAuthBlocked : .pinInvalid
        }
        pinTries = VirtualKeyModel.pinTries
        wrongPINsInARow = 0
        fingerTries = VirtualKeyModel.fingerTries
    }

    /// Reads a finger. The try is taken before.
    private mutating func useFinger(_ interaction: Interaction) throws(CTAPStatus) {
        guard fingerTries > 0 else { throw .uvBlocked }
        let isRight = try interaction.finger()
        guard isRight else {
            fingerTries -= 1
            throw fingerTries == 0 ? .uvBlocked : .uvInvalid
        }
        fingerTries = VirtualKeyModel.fingerTries
    }

    // MARK: - Tokens

    private mutating func issue(
        _ shared: SharedSecret, _ permissions: Permissions, _ relyingPartyID: String?
    ) throws(CTAPStatus) -> CBORValue {
        guard let bytes = try? SecureRandom.bytes(32) else { throw .other }
        token = Token(
            bytes: bytes, version: shared.version, permissions: permissions, relyingPartyID: relyingPartyID)
        return .map([2: .bytes(try shared.encrypt(bytes))])
    }

    /// Whether a command's person is verified: by a token's MAC over a message, or by a finger.
    mutating func verified(
        _ mac: [UInt8]?, _ version: Int?, over message: [UInt8], for permission: Permissions,
        _ relyingPartyID: String?, _ usesFinger: Bool, _ interaction: Interaction
    ) throws(CTAPStatus) -> Bool {
        guard let mac else {
            if usesFinger { try useFinger(interaction) }
            return usesFinger
        }
        guard var current = token, current.version == version, current.isVerified,
            current.permissions.isSuperset(of: permission),
            ConstantTime.equal(mac, PINCryptography.authenticate(current.bytes, message, version: current.version))
        else { throw .pinAuthInvalid }
        if let relyingPartyID {
            guard current.relyingPartyID == nil || current.relyingPartyID == relyingPartyID else {
                throw .pinAuthInvalid
            }
            current.relyingPartyID = relyingPartyID
            token = current
        }
        return true
    }

    /// A touch uses up what a token says of the person (§6.5.2.1).
    mutating func spendToken() {
        token?.isVerified = false
        token?.isPresent = false
        token?.permissions = []
    }
}
