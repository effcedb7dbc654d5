// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import SecretService
import SoftwareKeys
import TestSupport
import Testing

@Suite(.enabled(if: SecretServiceSession.isInstalled, "dbus-daemon or gnome-keyring-daemon is not installed"))
struct PassphraseInKeyringTests {
    private let folder: TemporaryFolder
    private let session: SecretServiceSession

    init() throws {
        folder = try TemporaryFolder()
        session = try SecretServiceSession()
    }

    private func store(_ secretService: SecretServiceClient?) -> SoftwareKeyStore {
        SoftwareKeyStore(folder: folder.path + "/keys", secretService: secretService)
    }

    private var keyring: SecretServiceClient { SecretServiceClient(address: session.address, hasDesktop: { false }) }

    @Test func theSecretIsInTheKeyringAndNotBesideTheKeys() async throws {
        let key = try await store(keyring).generate(.proofOfPossession, presence: ScriptedPresence())
        let names = folder.names(in: "keys")
        #expect(names.contains("passphrase-in-secret-service"))
        #expect(!names.contains("passphrase"))
        let signature = try await store(keyring).open(key).sign([1], presence: ScriptedPresence())
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func aKeyringThatIsGoneLaterIsAnErrorAndNoNewSecret() async throws {
        let key = try await store(keyring).generate(.proofOfPossession, presence: ScriptedPresence())
        session.stopKeyring()
        let absent = SecretServiceClient(address: "unix:path=/proc/nonexistent/bus", hasDesktop: { false })
        for store in [store(keyring), store(absent), store(nil)] {
            let error = await #expect(throws: DeviceKeyError.self) { _ = try await store.open(key) }
            #expect(error?.code == .unavailable)
            let other = await #expect(throws: DeviceKeyError.self) {
                _ = try await store.generate(.clientInstance, presence: ScriptedPresence())
            }
            #expect(other?.code == .unavailable)
        }
        #expect(!folder.names(in: "keys").contains("passphrase"))
    }

    @Test func aSecretThatWasReplacedInTheKeyringIsTold() async throws {
        let key = try await store(keyring).generate(.proofOfPossession, presence: ScriptedPresence())
        let item = try #require(folder.read("keys/passphrase-in-secret-service").split(separator: " ").first)
        try await keyring.store(
            SecretBytes(copying: Array(String(repeating: "x", count: 43).utf8)), label: "another",
            attributes: ["application": "countersign", "purpose": "device-keys", "item": String(item)])
        let error = await #expect(throws: DeviceKeyError.self) { _ = try await store(keyring).open(key) }
        #expect(error?.code == .keyDamaged)
        #expect(error?.message.contains("no longer has the secret") == true)
    }

    @Test func aSecretInAFileStaysThereWhenAKeyringAppears() async throws {
        let key = try await store(nil).generate(.proofOfPossession, presence: ScriptedPresence())
        let second = try await store(keyring).generate(.clientInstance, presence: ScriptedPresence())
        #expect(!folder.names(in: "keys").contains("passphrase-in-secret-service"))
        _ = try await store(nil).open(key)
        _ = try await store(nil).open(second)
    }

    @Test func withoutAKeyringTheSecretIsInAFile() async throws {
        let absent = SecretServiceClient(address: "unix:path=/proc/nonexistent/bus", hasDesktop: { true })
        _ = try await store(absent).generate(.proofOfPossession, presence: ScriptedPresence())
        #expect(folder.names(in: "keys").contains("passphrase"))
    }
}
