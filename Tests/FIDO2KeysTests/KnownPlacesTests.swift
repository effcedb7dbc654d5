// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Glibc
import Synchronization
import TestSupport
import Testing
import VirtualAuthenticator
import WebAuthn

@testable import FIDO2Keys

@Suite struct KnownPlacesTests {
    /// One port of a machine, whose node is a file.
    private final class Port: DeviceSource {
        private let folder: TemporaryFolder
        private let key: Mutex<CTAPHIDDevice>
        let hasNode: Bool
        private var path: String { folder.path + "/node" }

        init(_ key: VirtualAuthenticator, hasNode: Bool = true) throws {
            folder = try TemporaryFolder()
            self.key = Mutex(CTAPHIDDevice(key))
            self.hasNode = hasNode
            try folder.write("", to: "node")
        }

        /// Unplugs the key, and plugs one in.
        func plug(_ other: VirtualAuthenticator) throws {
            unlink(path)
            try folder.write("", to: "node")
            become(other)
        }

        /// Has the key that is plugged in be like another one.
        func become(_ other: VirtualAuthenticator) { key.withLock { $0 = CTAPHIDDevice(other) } }

        func devices() throws -> [DeviceEntry] {
            [
                DeviceEntry(
                    path: path, product: "Virtual Key", node: hasNode ? DeviceNode(path: path) : nil,
                    link: .reports { VirtualConnection(to: self.key.withLock { $0 }) })
            ]
        }
    }

    private let key = VirtualAuthenticator(VirtualKeyModel())
    private let other = VirtualAuthenticator(VirtualKeyModel())

    init() {
        key.set(pin: Rig.pin)
        other.set(pin: Rig.pin)
    }

    private func store(_ port: Port) -> FIDO2KeyStore {
        FIDO2KeyStore(FIDO2Options(touchTimeout: .seconds(20), insertTimeout: .milliseconds(400)), source: port)
    }

    private func credential(_ store: FIDO2KeyStore, _ purpose: KeyPurpose) async throws -> StoredKey {
        try await store.generate(
            KeyRequest(
                purpose: purpose, issuer: Rig.issuer, organizationName: "Example",
                attestationChallenge: Rig.challenge),
            presence: ScriptedPresence(pins: [Rig.pin])
        ).stored
    }

    /// The sign counter of a new signature, of which the key makes one for each time that it is asked.
    private func counter(
        _ store: FIDO2KeyStore, _ stored: StoredKey, _ use: KeyUse,
        _ presence: any UserPresence = ScriptedPresence(pins: [Rig.pin])
    ) async throws -> UInt32 {
        let unlocked = try await store.open(stored).unlock(for: use, presence: presence)
        return try CarriedAssertion(reading: try await unlocked.sign([1, 2, 3], presence: presence)).counter
    }

    @Test(arguments: [(KeyPurpose.proofOfPossession, KeyUse.possession), (.userVerification, .verification)])
    func aKeyThatStaysPluggedInSignsOnceASignIn(purpose: KeyPurpose, use: KeyUse) async throws {
        let store = store(try Port(key))
        let stored = try await credential(store, purpose)
        let first = try await counter(store, stored, use)
        #expect(try await counter(store, stored, use) == first + 1)
        #expect(try await counter(store, stored, use) == first + 2)
    }

    @Test func whatNothingTellsFromAnotherIsAskedEachTime() async throws {
        let store = store(try Port(key, hasNode: false))
        let stored = try await credential(store, .proofOfPossession)
        let first = try await counter(store, stored, .possession)
        #expect(try await counter(store, stored, .possession) == first + 2)
    }

    @Test func aKeyThatCameInTheOthersPlaceIsNotShownAPIN() async throws {
        let port = try Port(key)
        let store = store(port)
        let stored = try await credential(store, .userVerification)
        _ = try await counter(store, stored, .verification)
        try port.plug(other)
        let presence = ScriptedPresence(pins: [Rig.pin])
        #expect(
            await Rig.failure { try await counter(store, stored, .verification, presence) } == .deviceRemoved)
        #expect(presence.requests.isEmpty)
        try port.plug(key)
        _ = try await counter(store, stored, .verification)
    }

    @Test func aKeyThatCameInTheOthersPlaceDuringThePromptIsNotShownThePIN() async throws {
        let port = try Port(key)
        let store = store(port)
        let stored = try await credential(store, .userVerification)
        let other = VirtualAuthenticator(VirtualKeyModel())
        other.set(pin: "another")
        let presence = DwindlingPresence(pins: [Rig.pin]) { #expect(throws: Never.self) { try port.plug(other) } }
        #expect(
            await Rig.failure { try await counter(store, stored, .verification, presence) } == .deviceRemoved)
        #expect(other.pinTries == 8)
    }

    @Test func aKeyThatSaysSomethingElseOfItselfIsAskedAgain() async throws {
        let port = try Port(key)
        let store = store(port)
        let stored = try await credential(store, .userVerification)
        _ = try await counter(store, stored, .verification)
        var model = VirtualKeyModel()
        model.algorithms = [.es256]
        let renewed = VirtualAuthenticator(model)
        renewed.set(pin: Rig.pin)
        port.become(renewed)
        let presence = ScriptedPresence(pins: [Rig.pin])
        #expect(
            await Rig.failure { try await counter(store, stored, .verification, presence) } == .deviceRemoved)
        #expect(presence.requests.isEmpty)
    }

    @Test func aCredentialThatIsNotThereAnyMoreIsLookedForTheNextTime() async throws {
        let port = try Port(key)
        let store = store(port)
        let stored = try await credential(store, .proofOfPossession)
        _ = try await counter(store, stored, .possession)
        port.become(other)
        #expect(await Rig.failure { try await counter(store, stored, .possession) } == .keyNotFound)
        #expect(await Rig.failure { try await counter(store, stored, .possession) } == .deviceRemoved)
        port.become(key)
        let found = try await counter(store, stored, .possession)
        #expect(try await counter(store, stored, .possession) == found + 1)
    }
}
