// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Synchronization

@testable import AuthenticatorAgent

/// Keys in memory; the user-verification key asks for a PIN at each signature and bears three wrong ones.
final class MemoryKeyStore: KeyStore {
    /// Where a key fails.
    enum Step: Hashable, Sendable { case unlocking, signing }

    private struct State {
        var keys: [String: PrivateKey] = [:]
        var faults: [KeyPurpose: (step: Step, error: DeviceKeyError)] = [:]
        var keyFaults: [String: (step: Step, error: DeviceKeyError)] = [:]
        var unplugged: Set<String> = []
        var opened = 0
        var signed: [KeyPurpose] = []
    }

    private let state = Mutex(State())
    private let pin: String
    private let touch: ScriptedTouch?
    let kind: KeyKind

    /// - Parameter kind: where the keys claim to be.
    /// - Parameter touch: what the keys wait for that prove that somebody is there; `nil` where they need no touch.
    init(kind: KeyKind = .software, pin: String = "123456", touch: ScriptedTouch? = nil) {
        self.kind = kind
        self.pin = pin
        self.touch = touch
    }

    /// How often a key was opened.
    var opened: Int { state.withLock { $0.opened } }
    /// What signatures were begun for.
    var signed: [KeyPurpose] { state.withLock { $0.signed } }

    /// Lets the keys for a purpose fail from now on, or work again.
    func fail(_ purpose: KeyPurpose, at step: Step = .signing, with error: DeviceKeyError?) {
        state.withLock { $0.faults[purpose] = error.map { (step, $0) } }
    }

    /// Lets one key fail from now on, or work again.
    func fail(_ key: StoredKey, at step: Step = .unlocking, with error: DeviceKeyError?) {
        state.withLock { $0.keyFaults[key.id] = error.map { (step, $0) } }
    }

    /// Pulls a key out; it asks to be plugged in, and waits.
    func unplug(_ key: StoredKey) { state.withLock { _ = $0.unplugged.insert(key.id) } }
    /// Plugs a key in.
    func plugIn(_ key: StoredKey) { state.withLock { _ = $0.unplugged.remove(key.id) } }

    private func waitForPlug(_ key: StoredKey, for use: KeyUse, presence: any UserPresence) async throws {
        @Sendable func isAway() -> Bool { state.withLock { $0.unplugged.contains(key.id) } }
        guard isAway() else { return }
        guard use != .possession else { throw DeviceKeyError(.deviceRemoved, "not plugged in") }
        try await presence.whileWaiting(for: HardwareAction(.insert, deviceName: "key of \(key.purpose)")) {
            while isAway() { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    func availability() async -> KeyStoreAvailability { .available }

    func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
        let key = try PrivateKey.generate(.es256)
        let stored = StoredKey(
            id: try SecureRandom.identifier(prefix: "\(request.purpose)-"), kind: kind, purpose: request.purpose,
            publicKey: key.publicKey)
        state.withLock { $0.keys[stored.id] = key }
        return GeneratedKey(stored: stored)
    }

    func open(_ key: StoredKey) async throws -> any SigningKey {
        guard let found = state.withLock({ $0.keys[key.id] }) else { throw DeviceKeyError(.keyNotFound, "gone") }
        state.withLock { $0.opened += 1 }
        return Key(store: self, stored: key, key: found)
    }

    func delete(_ key: StoredKey) async throws { state.withLock { $0.keys[key.id] = nil } }
    func deleteAll(except kept: [StoredKey]) async throws {
        state.withLock { state in state.keys = state.keys.filter { key in kept.contains { $0.id == key.key } } }
    }

    private func check(_ key: StoredKey, _ step: Step) throws {
        let faults = state.withLock { [$0.faults[key.purpose], $0.keyFaults[key.id]] }
        for case let fault? in faults where fault.step == step { throw fault.error }
    }

    private struct Key: SigningKey {
        let store: MemoryKeyStore
        let stored: StoredKey
        let key: PrivateKey

        func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey {
            try store.check(stored, .unlocking)
            try await store.waitForPlug(stored, for: use, presence: presence)
            guard stored.purpose == .userVerification else {
                return Open(of: self, verification: .none, touch: use == .presence ? store.touch : nil)
            }
            for tries in (0..<3).reversed() {
                let entry = try await presence.pin(PINRequest(triesLeft: tries + 1, lastEntryWasWrong: tries < 2))
                if entry.withUnsafeBytes({ Array($0) }) == Array(store.pin.utf8) {
                    return Open(of: self, verification: .pin, touch: store.touch)
                }
            }
            throw DeviceKeyError(.pinLocked, "too many wrong entries")
        }
    }

    private struct Open: UnlockedKey {
        let opened: Key
        let verification: UserVerificationMethod
        let touch: ScriptedTouch?

        init(of key: Key, verification: UserVerificationMethod, touch: ScriptedTouch?) {
            opened = key
            self.verification = verification
            self.touch = touch
        }

        func sign(
            presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]
        ) async throws -> [UInt8] {
            let message = try await message()
            opened.store.state.withLock { $0.signed.append(opened.stored.purpose) }
            try opened.store.check(opened.stored, .signing)
            if let touch { try await presence.whileWaiting(for: HardwareAction(.touch)) { try await touch.wait() } }
            return try opened.key.sign(message)
        }
    }
}

/// A key's button, which a test touches.
final class ScriptedTouch: Sendable {
    private struct State {
        var waits = 0
        var cancelled = 0
        var isTouched = false
    }

    private let state = Mutex(State())
    private let canBeCancelled: Bool

    /// - Parameter canBeCancelled: whether the key can be told to stop waiting.
    init(canBeCancelled: Bool = true) { self.canBeCancelled = canBeCancelled }

    /// How often a key was told to stop waiting, and did.
    var cancelled: Int { state.withLock { $0.cancelled } }

    /// Touches the key, now or as soon as it waits.
    func touch() { state.withLock { $0.isTouched = true } }

    /// Waits until a key has waited so often.
    func isAwaited(_ count: Int) async -> Bool {
        for _ in 0..<500 where state.withLock({ $0.waits < count }) { try? await Task.sleep(for: .milliseconds(10)) }
        return state.withLock { $0.waits == count }
    }

    /// Waits until a key was told so often to stop.
    func wasCancelled(_ count: Int) async -> Bool {
        for _ in 0..<500 where cancelled < count { try? await Task.sleep(for: .milliseconds(10)) }
        return cancelled == count
    }

    fileprivate func wait() async throws {
        state.withLock { $0.waits += 1 }
        while !state.withLock({ $0.isTouched }) {
            if Task.isCancelled, canBeCancelled {
                state.withLock { $0.cancelled += 1 }
                throw DeviceKeyError(.cancelled, "told to stop waiting")
            }
            // A task of its own, which sleeps though this one is cancelled.
            await Task { try? await Task.sleep(for: .milliseconds(5)) }.value
        }
    }
}
