// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import Cryptography
internal import DeviceKeys
internal import SecretService

/// The secret that opens all software keys of a state folder: 32 random bytes, as 43 letters of base64url.
///
/// It is made once, kept in the Secret Service where a desktop has one, else in the file `passphrase`. Where it is kept is
/// written down when it is made, and stays: a Secret Service that cannot be reached later is an error, never a new secret.
actor PassphraseSource {
    private static let fileName = "passphrase"
    private static let markerName = "passphrase-in-secret-service"

    private let folder: PrivateFolder
    private let secretService: SecretServiceClient?
    private let executor: BlockingSerialExecutor
    private var opened: SecretBytes?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(folder: PrivateFolder, secretService: SecretServiceClient?, executor: BlockingSerialExecutor) {
        self.folder = folder
        self.secretService = secretService
        self.executor = executor
    }

    /// The secret; made where no key was ever made.
    ///
    /// - Throws: ``DeviceKeyError`` with ``DeviceKeyError/Code/unavailable`` where it cannot be reached.
    func secret(createIfMissing: Bool) async throws -> SecretBytes {
        if let opened { return opened }
        let secret = try await read(createIfMissing: createIfMissing)
        opened = secret
        return secret
    }

    private func read(createIfMissing: Bool) async throws -> SecretBytes {
        try folder.prepare()
        if let existing = try await existing() { return existing }
        guard createIfMissing else {
            throw DeviceKeyError(
                .keyDamaged, "the secret that opens the keys is gone: unenroll and enroll this device anew")
        }
        return try await create()
    }

    private func existing() async throws -> SecretBytes? {
        if var bytes = try folder.read(Self.fileName) {
            guard bytes.count == 43 else {
                throw DeviceKeyError(.keyDamaged, "'\(folder.path)/\(Self.fileName)' is not what was written there")
            }
            return SecretBytes(wiping: &bytes)
        }
        guard let marker = try folder.read(Self.markerName) else { return nil }
        let parts = String(decoding: marker, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
        guard parts.count == 2 else {
            throw DeviceKeyError(.keyDamaged, "'\(folder.path)/\(Self.markerName)' is not what was written there")
        }
        return try await fromSecretService(item: parts[0], digest: parts[1])
    }

    private func fromSecretService(item: String, digest: String) async throws -> SecretBytes {
        let advice = "log in to the desktop and unlock the keyring"
        guard let secretService else {
            throw DeviceKeyError(
                .unavailable, "the keys are opened from the keyring, which is not used here: \(advice)")
        }
        let found: SecretBytes?
        do { found = try await secretService.lookup(attributes: Self.attributes(item)) } catch {
            throw DeviceKeyError(.unavailable, "the keys are opened from the keyring, but \(error): \(advice)")
        }
        guard let found, Self.digest(of: found) == digest else {
            throw DeviceKeyError(
                .keyDamaged, "the keyring no longer has the secret of the keys: unenroll and enroll this device anew")
        }
        return found
    }

    private func create() async throws -> SecretBytes {
        var letters = Array(Base64URL.encode(try SecureRandom.bytes(32)).utf8)
        let secret = SecretBytes(wiping: &letters)
        if let secretService, await secretService.availability() == .available {
            let item = try SecureRandom.identifier()
            do {
                try await secretService.store(
                    secret, label: "Countersign: opens this device's keys", attributes: Self.attributes(item))
                try folder.write(Array("\(item) \(Self.digest(of: secret))\n".utf8), to: Self.markerName)
                return secret
            } catch let error as SecretServiceError where error.code != .timedOut && error.code != .dismissed {
                // A keyring that refuses at the first try was never in use here: the file takes its place for good.
            } catch let error as SecretServiceError {
                throw DeviceKeyError(.cancelled, "\(error); enroll again and unlock the keyring")
            }
        }
        var bytes = secret.withUnsafeBytes { Array($0) }
        defer { for index in bytes.indices { bytes[index] = 0 } }
        try folder.write(bytes, to: Self.fileName)
        return secret
    }

    private static func attributes(_ item: String) -> [String: String] {
        ["application": "countersign", "purpose": "device-keys", "item": item]
    }

    /// Tells a replaced secret from the one that was stored; of 256 random bits it gives nothing away.
    private static func digest(of secret: SecretBytes) -> String {
        Base64URL.encode(SHA256.hash(secret.withUnsafeBytes { Array($0) }))
    }
}
