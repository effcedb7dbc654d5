// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
package import Cryptography
public import DeviceKeys
package import SecretService

/// Keys in encrypted files of the person's (PKCS#8, RFC 5958): P-256.
///
/// Files and the stretching of PINs are worked on by a thread of the store's own.
public actor SoftwareKeyStore: KeyStore {
    /// The shortest PIN, in Unicode characters.
    public static let minimumPINLength = 6

    /// Inside the file the key is stretched once more by what OpenSSL allows there, 32 MiB; the passphrase has 256 bits anyway.
    private static let innerStretching = Scrypt(cost: 1 << 14)

    private let folder: PrivateFolder
    private let passphrase: PassphraseSource
    private let stretching: Scrypt
    private let executor = BlockingSerialExecutor(label: "countersign.software-keys")
    private var opened: [String: PrivateKey] = [:]

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public nonisolated var kind: KeyKind { .software }

    /// The store in a folder, which is made when the first key is.
    ///
    /// - Parameters:
    ///   - folder: an absolute path; its parent exists.
    ///   - hasDesktop: whether somebody sits at a desktop now whom the keyring may ask for its password.
    public init(folder: String, hasDesktop: @escaping @Sendable () async -> Bool) {
        self.init(folder: folder, secretService: SecretServiceClient(hasDesktop: hasDesktop))
    }

    /// The store in a folder.
    ///
    /// - Parameters:
    ///   - secretService: where the secret is kept; `nil` for a file beside the keys.
    ///   - stretching: what PINs of new keys are stretched by.
    package init(folder: String, secretService: SecretServiceClient?, stretching: Scrypt = .interactive) {
        self.folder = PrivateFolder(path: folder)
        self.stretching = stretching
        passphrase = PassphraseSource(folder: self.folder, secretService: secretService, executor: executor)
    }

    public func availability() -> KeyStoreAvailability {
        do throws(DeviceKeyError) {
            try folder.prepare()
            return .available
        } catch {
            return .unavailable(reason: error.message)
        }
    }

    public func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
        try folder.prepare()
        var pin: SecretBytes?
        if request.isBehindFinger {
            // Shows that the reader knows the person before an enrolment depends on it.
            try await presence.verifyFinger()
        } else if request.purpose == .userVerification {
            pin = try await newPIN(presence)
        }
        let secret = try await passphrase.secret(createIfMissing: true)
        let key = try PrivateKey.generate(.es256)
        let id = try SecureRandom.identifier(prefix: "sw")
        do {
            try write(key, named: id, pin: pin, secret: secret)
        } catch {
            // What was written of a key that was never named to anyone must not stay.
            for file in KeyFile.allCases { try? folder.remove(id + file.rawValue) }
            throw error
        }
        return GeneratedKey(
            stored: StoredKey(
                id: id, kind: .software, purpose: request.purpose, publicKey: key.publicKey,
                handle: request.isBehindFinger ? Self.fingerHandle : []))
    }

    public func open(_ key: StoredKey) async throws -> any SigningKey {
        try check(key)
        if isBehindFinger(key) { return FingerGuardedKey(stored: key, store: self) }
        if key.purpose == .userVerification {
            if try tries(of: key.id).left() == 0 { throw try destroyLocked(key.id) }
            return PINGuardedKey(stored: key, store: self)
        }
        return PromptlessKey(stored: key, key: try await unlock(key))
    }

    public func delete(_ key: StoredKey) throws {
        guard KeyFile.isName(key.id) else { return }
        opened[key.id] = nil
        guard folder.contains("") else { return }
        for file in KeyFile.allCases { try folder.remove(key.id + file.rawValue) }
    }

    public func deleteAll(except kept: [StoredKey]) throws {
        guard folder.contains("") else { return }
        try folder.prepare()
        let kept = Set(kept.map(\.id))
        opened = opened.filter { kept.contains($0.key) }
        for name in try folder.names() {
            let key = KeyFile.allCases.first { name.hasSuffix($0.rawValue) }.map { name.dropLast($0.rawValue.count) }
            if PrivateFolder.isTemporary(name) || key.map({ !kept.contains(String($0)) }) == true {
                try folder.remove(name)
            }
        }
    }
}

// MARK: - Making and opening

extension SoftwareKeyStore {
    private func newPIN(_ presence: any UserPresence) async throws -> SecretBytes {
        let pin = try await presence.newPIN(minimumLength: Self.minimumPINLength)
        guard pin.characterCount >= Self.minimumPINLength else {
            throw DeviceKeyError(.cancelled, "a PIN has at least \(Self.minimumPINLength) characters")
        }
        return pin
    }

    private func write(_ key: PrivateKey, named id: String, pin: SecretBytes?, secret: SecretBytes) throws {
        var passphrase = secret
        if let pin {
            let record = try PINRecord(stretchedBy: stretching)
            passphrase = try record.passphrase(pin: pin, secret: secret)
            try folder.write(try record.encoded(), to: id + KeyFile.pin.rawValue)
            try tries(of: id).reset()
        }
        // The key comes last: one that is there has all that belongs to it.
        let file = try key.encryptedPKCS8(passphrase: passphrase, stretchedBy: Self.innerStretching)
        try folder.write(file, to: id + KeyFile.privateKey.rawValue)
    }

    private func check(_ key: StoredKey) throws(DeviceKeyError) {
        guard key.kind == .software, KeyFile.isName(key.id) else {
            throw DeviceKeyError(.keyNotFound, "the key is not one of this store")
        }
        guard folder.contains(key.id + KeyFile.privateKey.rawValue) else {
            opened[key.id] = nil
            if key.purpose == .userVerification, folder.contains(key.id + KeyFile.tries.rawValue),
                try tries(of: key.id).left() == 0
            {
                throw PINTries.locked
            }
            throw DeviceKeyError(.keyNotFound, "the key's file is gone: enroll this device anew")
        }
    }

    private func tries(of id: String) -> PINTries { PINTries(of: id, in: folder) }

    private func unlock(_ key: StoredKey) async throws -> PrivateKey {
        if let open = opened[key.id] { return open }
        let secret = try await passphrase.secret(createIfMissing: false)
        let open = try decrypt(key, passphrase: secret)
        opened[key.id] = open
        return open
    }

    private func decrypt(_ key: StoredKey, passphrase: SecretBytes) throws -> PrivateKey {
        guard let file = try folder.read(key.id + KeyFile.privateKey.rawValue) else {
            throw DeviceKeyError(.keyNotFound, "the key's file is gone: enroll this device anew")
        }
        let open: PrivateKey
        do { open = try PrivateKey(encryptedPKCS8: file, passphrase: passphrase) } catch {
            throw DeviceKeyError(.keyDamaged, "the key cannot be opened (\(error)): enroll this device anew")
        }
        guard open.publicKey == key.publicKey else {
            throw DeviceKeyError(.keyDamaged, "the key's file holds another key: enroll this device anew")
        }
        return open
    }
}

// MARK: - The finger

extension SoftwareKeyStore {
    /// What the handle of a key says that signs after the machine's reader knew the person's finger. All others have none.
    private static let fingerHandle: [UInt8] = Array("CSSK".utf8) + [1]

    private func isBehindFinger(_ key: StoredKey) -> Bool {
        key.purpose == .userVerification && key.handle == Self.fingerHandle
    }

    /// Opens a key for one signature once the reader knew the person's finger. The file itself is opened by the same secret as
    /// the promptless keys': the finger keeps nobody out who has the person's rights (docs/threat-model.md).
    func unlockBehindFinger(_ key: StoredKey, presence: any UserPresence) async throws -> PrivateKey {
        let secret = try await passphrase.secret(createIfMissing: false)
        try await presence.verifyFinger()
        try Task.checkCancellation()
        return try decrypt(key, passphrase: secret)
    }
}

// MARK: - The PIN

extension SoftwareKeyStore {
    /// Asks for the PIN until it is right, the person gives up, or the key is locked.
    func unlock(_ key: StoredKey, presence: any UserPresence) async throws -> PrivateKey {
        let secret = try await passphrase.secret(createIfMissing: false)
        var wasWrong = false
        while true {
            try check(key)
            let left = try tries(of: key.id).left()
            guard left > 0 else { throw try destroyLocked(key.id) }
            let pin = try await presence.pin(PINRequest(triesLeft: left, lastEntryWasWrong: wasWrong))
            try Task.checkCancellation()
            if let open = try attempt(key, pin: pin, secret: secret) { return open }
            wasWrong = true
        }
    }

    /// Tries a PIN: `nil` where it is wrong. The try is taken before, so that ending the process does not give it back.
    private func attempt(_ key: StoredKey, pin: SecretBytes, secret: SecretBytes) throws -> PrivateKey? {
        guard let bytes = try folder.read(key.id + KeyFile.pin.rawValue) else {
            throw DeviceKeyError(.keyDamaged, "the record of the key's PIN is gone: enroll this device anew")
        }
        let record = try PINRecord(reading: bytes)
        let left = try tries(of: key.id).take()
        do {
            let open = try decrypt(key, passphrase: try record.passphrase(pin: pin, secret: secret))
            try tries(of: key.id).reset()
            return open
        } catch let error as DeviceKeyError where error.code == .keyDamaged {
            // A wrong PIN and a damaged file cannot be told apart.
            if left == 0 { throw try destroyLocked(key.id) }
            return nil
        }
    }

    /// Destroys a key whose tries are used up, and gives the error to throw. The count stays, as the reason.
    private func destroyLocked(_ id: String) throws(DeviceKeyError) -> DeviceKeyError {
        try folder.remove(id + KeyFile.privateKey.rawValue)
        return PINTries.locked
    }
}
