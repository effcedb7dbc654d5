// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DeviceKeys

/// Keys in the machine's TPM 2.0: P-256, wrapped by the TPM, of use in no other.
///
/// Nothing is kept in the TPM itself: what a key's `handle` holds is all there is. Commands run on a thread of the store's own.
public actor TPMKeyStore: KeyStore, ActivatedAttestation {
    /// The shortest PIN, in Unicode characters.
    public static let minimumPINLength = 6

    private let options: TPMOptions
    let worker: TPMWorker
    let saved = SavedContexts()
    private var attestationKey: AttestationKey?

    public nonisolated var kind: KeyKind { .tpm }

    /// The keys of the TPM that is reached so.
    public init(_ options: TPMOptions = TPMOptions()) {
        self.options = options
        worker = TPMWorker(options)
    }

    public func availability() async -> KeyStoreAvailability {
        do {
            return try await status().availability
        } catch let error as DeviceKeyError {
            return .unavailable(reason: error.message)
        } catch {
            return .unavailable(reason: "the TPM was not asked to the end: try again")
        }
    }

    /// What the TPM says of itself.
    ///
    /// - Throws: ``DeviceKeyError`` where it cannot be asked: `deviceRemoved` where there is none, `permissionDenied` where the
    ///   user may not use it.
    public func status() async throws -> TPMStatus { try await worker.perform { try $0.status() } }

    public func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
        let certification = try certification(for: request)
        var pin: (authorization: SecretBytes, salt: [UInt8])?
        if request.isBehindFinger {
            // Shows that the reader knows the person before an enrolment depends on it.
            try await presence.verifyFinger()
        } else if request.purpose == .userVerification {
            pin = try await newPIN(presence)
        }
        var made = try await worker.perform(within: options.attestationLimit) { [saved, pin] connection in
            do {
                return try connection.makeKey(pin: pin, certification: certification, saved: saved)
            } catch let failure as TPMFailure where failure.isLockout {
                throw DeviceKeyError.locked(try? connection.dictionaryAttackState())
            }
        }
        made.record.isBehindFinger = request.isBehindFinger
        let id = try SecureRandom.identifier(prefix: "tpm")
        return GeneratedKey(
            stored: StoredKey(
                id: id, kind: .tpm, purpose: request.purpose, publicKey: made.publicKey, handle: made.record.bytes),
            attestation: made.attestation)
    }

    /// Opens a key: the TPM is asked whether it still knows it, unless it has shown so since the store was made.
    public func open(_ key: StoredKey) async throws -> any SigningKey {
        let record = try record(of: key)
        if saved[record.name] == nil {
            try await worker.perform { [saved] connection in _ = try connection.open(record, saved: saved) }
        }
        return TPMSigningKey(stored: key, record: record, store: self)
    }

    /// Forgets a key: the TPM itself holds nothing of it.
    public func delete(_ key: StoredKey) {
        if let record = TPMKeyRecord(reading: key.handle) { saved[record.name] = nil }
    }

    /// Nothing is left of a key that nobody kept.
    public func deleteAll(except kept: [StoredKey]) {}

    private func record(of key: StoredKey) throws(DeviceKeyError) -> TPMKeyRecord {
        guard key.kind == .tpm else { throw DeviceKeyError(.keyNotFound, "the key is not one of a TPM") }
        guard let record = TPMKeyRecord(reading: key.handle), record.publicKey == key.publicKey,
            (record.pinSalt != nil || record.isBehindFinger) == (key.purpose == .userVerification)
        else { throw DeviceKeyError.tpmRecordDamaged }
        return record
    }
}

// MARK: - Attestation

extension TPMKeyStore {
    public func attestationIdentity() async throws -> AttestationIdentity {
        attestationKey = nil
        let key = try await worker.perform(within: options.attestationLimit) { [saved] connection in
            try connection.makeAttestationKey(saved: saved)
        }
        attestationKey = key
        return AttestationIdentity(
            endorsementCertificates: key.endorsement.certificates, endorsementKey: key.endorsement.publicArea,
            attestationKey: key.key.publicArea)
    }

    public func activate(_ credential: SealedCredential) async throws {
        guard let key = attestationKey else { throw Self.notActivated }
        let secret = try await worker.perform(within: options.attestationLimit) { [saved] connection in
            try connection.activate(credential, for: key, saved: saved)
        }
        // Another identity may have been asked for meanwhile.
        guard attestationKey == key else { throw Self.notActivated }
        attestationKey?.activatedSecret = secret
    }

    private static let notActivated = DeviceKeyError(
        .unavailable, "the TPM's attestation key was not activated by the verifier: enrol again")

    private func certification(for request: KeyRequest) throws(DeviceKeyError) -> Certification? {
        guard let challenge = request.attestationChallenge else { return nil }
        guard let key = attestationKey, let secret = key.activatedSecret else { throw Self.notActivated }
        return Certification(key: key, activatedSecret: secret, challenge: challenge)
    }
}

// MARK: - The PIN

extension TPMKeyStore {
    private func newPIN(_ presence: any UserPresence) async throws -> (authorization: SecretBytes, salt: [UInt8]) {
        let state = try await worker.perform { try $0.dictionaryAttackState() }
        guard state.isOn else {
            throw DeviceKeyError(
                .unsupported,
                "this TPM does not count wrong PINs, so a PIN would protect nothing: an administrator switches that on with "
                    + "`tpm2_dictionarylockout --setup-parameters`")
        }
        guard state.triesLeft > 0 else { throw DeviceKeyError.locked(state) }
        let pin = try await presence.newPIN(minimumLength: Self.minimumPINLength)
        guard pin.characterCount >= Self.minimumPINLength else {
            throw DeviceKeyError(.cancelled, "a PIN has at least \(Self.minimumPINLength) characters")
        }
        let salt = try SecureRandom.bytes(PINAuthorization.saltSize)
        return (try await authorization(of: pin, salt: salt, cost: .current), salt)
    }

    private func authorization(
        of pin: SecretBytes, salt: [UInt8], cost: PINAuthorization.Cost
    ) async throws -> SecretBytes {
        try await worker.compute { try PINAuthorization.value(of: pin, salt: salt, cost: cost) }
    }
}

extension DeviceKeyError {
    /// The TPM takes no PINs for a time.
    static func locked(_ state: TPMStatus.DictionaryAttackState?) -> DeviceKeyError {
        let wait =
            state.flatMap { $0.isOn ? " for up to \(duration($0.secondsPerTry)) of running" : nil } ?? " for a while"
        return DeviceKeyError(
            .pinLockedForNow,
            "too many wrong PINs: the TPM takes no PIN\(wait); an administrator may end that with "
                + "`tpm2_dictionarylockout --clear-lockout`")
    }

    private static func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(seconds) seconds"
        case ..<7200: "\((seconds + 59) / 60) minutes"
        default: "\((seconds + 3599) / 3600) hours"
        }
    }
}
