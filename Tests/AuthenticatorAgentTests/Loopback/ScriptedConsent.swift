// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Synchronization

@testable import AuthenticatorAgent

/// A person who answers prompts as a test says, or not at all until the prompt is taken away.
final class ScriptedConsent: ConsentPrompt {
    private struct State {
        var requests: [ConsentRequest] = []
        var withdrawn = 0
        var pins: [String]
        var answer: ConsentAnswer?
    }

    private let state: Mutex<State>

    /// - Parameter answer: what the person says; `nil` for never.
    /// - Parameter pins: what they type, one entry after the other; once there are none left, they give up.
    init(_ answer: ConsentAnswer? = .approved, pins: [String] = []) {
        state = Mutex(State(pins: pins, answer: answer))
    }

    /// Answers the prompt that is open.
    func answer(_ answer: ConsentAnswer) { state.withLock { $0.answer = answer } }

    /// All prompts so far.
    var requests: [ConsentRequest] { state.withLock { $0.requests } }
    /// How many prompts were taken away.
    var withdrawn: Int { state.withLock { $0.withdrawn } }

    /// Waits until so many prompts were shown.
    func shown(_ count: Int) async {
        for _ in 0..<500 where requests.count < count { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// Waits until so many prompts were taken away.
    func wereWithdrawn(_ count: Int) async -> Bool {
        for _ in 0..<500 where withdrawn < count { try? await Task.sleep(for: .milliseconds(10)) }
        return withdrawn == count
    }

    func consent(to request: ConsentRequest) async -> ConsentAnswer {
        state.withLock { $0.requests.append(request) }
        return await waitForAnswer() ?? .denied
    }

    func presence(for request: ConsentRequest) -> any UserPresence { Presence(consent: self, request: request) }

    private func waitForAnswer() async -> ConsentAnswer? {
        while !Task.isCancelled {
            if let answer = state.withLock({ $0.answer }) { return answer }
            try? await Task.sleep(for: .milliseconds(5))
        }
        state.withLock { $0.withdrawn += 1 }
        return nil
    }

    private struct Presence: UserPresence {
        let consent: ScriptedConsent
        let request: ConsentRequest

        func pin(_ request: PINRequest) async throws -> SecretBytes {
            consent.state.withLock { $0.requests.append(self.request) }
            switch await consent.waitForAnswer() {
            case nil: throw DeviceKeyError(.cancelled, "taken away")
            case .timedOut?: throw DeviceKeyError(.timedOut, "nobody answered")
            default: break
            }
            guard let pin = consent.state.withLock({ $0.pins.isEmpty ? nil : $0.pins.removeFirst() }) else {
                throw DeviceKeyError(.cancelled, "given up")
            }
            return SecretBytes(copying: Array(pin.utf8))
        }

        func newPIN(minimumLength: Int) async throws -> SecretBytes { SecretBytes(copying: []) }

        func whileWaiting<Result: Sendable>(
            for action: HardwareAction, _ body: @Sendable () async throws -> Result
        ) async throws -> Result { try await body() }
    }
}

/// Keys in memory; the user-verification key asks for a PIN at each signature and bears three wrong ones.
final class MemoryKeyStore: KeyStore {
    private let keys = Mutex<[String: PrivateKey]>([:])
    private let pin: String

    init(pin: String = "123456") { self.pin = pin }

    var kind: KeyKind { .software }
    func availability() async -> KeyStoreAvailability { .available }

    func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
        let key = try PrivateKey.generate(.es256)
        let stored = StoredKey(
            id: try SecureRandom.identifier(prefix: "\(request.purpose)-"), kind: .software, purpose: request.purpose,
            publicKey: key.publicKey)
        keys.withLock { $0[stored.id] = key }
        return GeneratedKey(stored: stored)
    }

    func open(_ key: StoredKey) async throws -> any SigningKey {
        guard let found = keys.withLock({ $0[key.id] }) else { throw DeviceKeyError(.keyNotFound, "gone") }
        return Key(stored: key, key: found, pin: pin)
    }

    func delete(_ key: StoredKey) async throws { keys.withLock { $0[key.id] = nil } }
    func deleteAll(except kept: [StoredKey]) async throws {
        keys.withLock { keys in keys = keys.filter { key in kept.contains { $0.id == key.key } } }
    }

    private struct Key: SigningKey {
        let stored: StoredKey
        let key: PrivateKey
        let pin: String

        func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey {
            guard stored.purpose == .userVerification else { return Open(key: key, verification: .none) }
            for tries in (0..<3).reversed() {
                let entry = try await presence.pin(PINRequest(triesLeft: tries + 1, lastEntryWasWrong: tries < 2))
                if entry.withUnsafeBytes({ Array($0) }) == Array(pin.utf8) {
                    return Open(key: key, verification: .pin)
                }
            }
            throw DeviceKeyError(.pinLocked, "too many wrong entries")
        }
    }

    private struct Open: UnlockedKey {
        let key: PrivateKey
        let verification: UserVerificationMethod
        func sign(_ message: [UInt8], presence: any UserPresence) async throws -> [UInt8] { try key.sign(message) }
    }
}
