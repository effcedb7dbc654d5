// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography
internal import DeviceKeys
internal import WebAuthn

/// Makes one credential.
struct CredentialMaker: Sendable {
    /// How the key verifies its person as it makes the credential.
    private enum Verification {
        case none
        case byPIN
        case byKey
    }

    /// How often the PIN is asked for where it was changed between its check and the making.
    private static let rounds = 3

    let request: KeyRequest
    let options: FIDO2Options
    let finder: DeviceFinder
    let presence: any UserPresence

    /// Makes it.
    ///
    /// - Throws: ``DeviceKeyError``.
    func make() async throws -> GeneratedKey {
        let relyingPartyID = try relyingPartyID()
        let entry = try await finder.chosen(options, presence: presence)
        let spared = SparedCredentials(of: request.spareFor, relyingPartyID: relyingPartyID)
        let (info, knowsProtection, excluded) = try await finder.run(entry) { device in
            let info = try device.info()
            return (info, device.knowsProtection, try spared.excluded(on: device, info))
        }
        if options.protection != nil, !knowsProtection {
            throw DeviceKeyError(.unsupported, "\(entry.name) does not know credProtect")
        }
        if options.isDiscoverable, info.options["rk"] != true {
            throw DeviceKeyError(.unsupported, "\(entry.name) cannot keep discoverable credentials")
        }
        guard let algorithm = info.preferredAlgorithm else {
            throw await finder.explained(CTAPFailure(FIDO_ERR_UNSUPPORTED_ALGORITHM), on: entry)
        }
        let clientData = try CollectedClientData(
            .enroll, challenge: try request.attestationChallenge ?? SecureRandom.bytes(32), origin: request.issuer
        ).encoded()
        let wish = CredentialRequest(
            relyingPartyID: relyingPartyID, organizationName: organizationName, userID: try SecureRandom.bytes(32),
            clientDataHash: SHA256.hash(clientData), algorithm: algorithm, isDiscoverable: options.isDiscoverable,
            protection: options.protection, usesBuiltInVerification: false, excludedCredentialIDs: excluded)
        let made = try await make(wish, on: entry, info)
        return try key(made.credential, isVerified: made.isVerified, wish, entry, clientData)
    }

    /// What the credential is bound to, where one can be made at all.
    private func relyingPartyID() throws(DeviceKeyError) -> String {
        guard request.purpose != .clientInstance else {
            throw DeviceKeyError(
                .unsupported, "a security key cannot sign refusals by itself: that key is one of software")
        }
        guard let relyingPartyID = RelyingPartyID.derived(fromIssuer: request.issuer) else {
            throw DeviceKeyError(.unsupported, "the verifier's address has no host to bind a credential to")
        }
        if request.purpose == .proofOfPossession, options.protection == .userVerificationRequired {
            throw DeviceKeyError(
                .unsupported,
                "credProtect level 3 lets no key sign silently: choose a lower one for proof of possession")
        }
        return relyingPartyID
    }

    /// The organisation's name as it may stand on the key: 64 bytes at most (CTAP 2.1 §6.1.2), none of them zero.
    private var organizationName: String {
        var name = DeviceEntry.cleaned(request.organizationName)
        while name.utf8.count > 64 { name.removeLast() }
        return name.isEmpty ? "Countersign" : name
    }
}

// MARK: - Verification

extension CredentialMaker {
    private func make(
        _ wish: CredentialRequest, on entry: DeviceEntry, _ info: AuthenticatorInfo
    ) async throws -> (credential: MadeCredential, isVerified: Bool) {
        var verification = Verification.none
        if request.purpose == .userVerification || info.isAlwaysVerifying {
            verification = try await self.verification(on: entry, info)
        }
        do {
            return (try await make(wish, on: entry, verification), verification != .none)
        } catch let failure as CTAPFailure where failure.code == FIDO_ERR_PIN_REQUIRED && verification == .none {
            // A key with a PIN may make credentials for nobody without it.
            return (try await explainedMake(wish, on: entry, try await self.verification(on: entry, info)), true)
        } catch let failure as CTAPFailure {
            throw await finder.explained(failure, on: entry)
        }
    }

    private func verification(on entry: DeviceEntry, _ info: AuthenticatorInfo) async throws -> Verification {
        if info.hasBuiltInVerification, try await finder.run(entry, { $0.verificationTries() }) != 0 { return .byKey }
        try info.checkPIN(of: entry)
        return .byPIN
    }

    private func explainedMake(
        _ wish: CredentialRequest, on entry: DeviceEntry, _ verification: Verification
    ) async throws -> MadeCredential {
        try await finder.explaining(on: entry) { try await make(wish, on: entry, verification) }
    }

    private func make(
        _ wish: CredentialRequest, on entry: DeviceEntry, _ verification: Verification
    ) async throws -> MadeCredential {
        var wish = wish
        switch verification {
        case .none: return try await attempt(wish, on: entry, pin: nil, .touch)
        case .byKey:
            wish.usesBuiltInVerification = true
            return try await attempt(wish, on: entry, pin: nil, .fingerprint)
        case .byPIN:
            let pinEntry = PINEntry(
                entry: entry, finder: finder, relyingPartyID: wish.relyingPartyID, credentialID: nil)
            var pin = try await pinEntry.verified(presence: presence)
            for _ in 1..<Self.rounds {
                do { return try await attempt(wish, on: entry, pin: pin, .touch) } catch let failure as CTAPFailure
                    where failure.code == FIDO_ERR_PIN_INVALID
                {
                    pin = try await pinEntry.verified(presence: presence, lastWasWrong: true)
                }
            }
            return try await attempt(wish, on: entry, pin: pin, .touch)
        }
    }

    private func attempt(
        _ wish: CredentialRequest, on entry: DeviceEntry, pin: SecretBytes?, _ action: HardwareAction.Kind
    ) async throws -> MadeCredential {
        try await presence.whileWaiting(for: HardwareAction(action, deviceName: entry.name)) {
            do {
                return try await finder.attempt(entry, timeout: options.touchTimeout) {
                    try $0.makeCredential(wish, pin: pin)
                }
            } catch let failure as CTAPFailure where failure.isExcluded {
                throw DeviceKeyError.sameSecurityKey(entry)
            }
        }
    }
}

// MARK: - The key

extension CredentialMaker {
    private func key(
        _ made: MadeCredential, isVerified: Bool, _ wish: CredentialRequest, _ entry: DeviceEntry, _ clientData: [UInt8]
    ) throws -> GeneratedKey {
        let data = try? AuthenticatorData(made.authenticatorData)
        guard let data, let credential = data.attestedCredential,
            data.relyingPartyIDHash == SHA256.hash(Array(wish.relyingPartyID.utf8)),
            data.flags.contains(.userPresent), data.flags.contains(.userVerified) || !isVerified,
            data.protection == options.protection || options.protection == nil,
            let statement = try? CBOR(decoding: made.attestationStatement)
        else {
            throw DeviceKeyError(.unavailable, "\(entry.name) made a credential that is not what was asked for")
        }
        let handle = CredentialHandle(
            credentialID: credential.credentialID, relyingPartyID: wish.relyingPartyID, origin: request.issuer,
            algorithm: wish.algorithm, aaguid: credential.aaguid.bytes, deviceName: entry.name,
            isUserVerified: isVerified, isDiscoverable: options.isDiscoverable,
            // A key may protect a credential more than it was asked to.
            protection: data.protection ?? options.protection)
        let stored = StoredKey(
            id: try SecureRandom.identifier(prefix: "fk"), kind: .fido2, purpose: request.purpose,
            publicKey: credential.publicKey, handle: try handle.encoded())
        guard request.attestationChallenge != nil else { return GeneratedKey(stored: stored) }
        let object = AttestationObject.encoded(
            format: made.format, statement: made.format == "fido-u2f" ? statement.withoutAlgorithm : statement,
            authenticatorData: made.authenticatorData)
        return GeneratedKey(
            stored: stored,
            attestation: KeyAttestation(
                format: .fido2, parts: ["attestationObject": object, "clientDataJSON": clientData]))
    }
}

extension CBOR {
    /// The statement of a U2F key as WebAuthn §8.6 has it: libfido2 writes one of its own for such keys, with a third member.
    fileprivate var withoutAlgorithm: CBOR {
        guard case .map(let pairs) = self else { return self }
        return .map(pairs.filter { $0.key != .text("alg") })
    }
}

extension AuthenticatorData {
    /// What credProtect was made to be (CTAP 2.1 §12.1); `nil` where nothing is told of it.
    fileprivate var protection: FIDO2Options.CredentialProtection? {
        extensions?["credProtect"]?.integer.flatMap { FIDO2Options.CredentialProtection(rawValue: $0) }
    }
}
