// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography
package import DeviceKeys
internal import Synchronization

/// A person who types what a test wrote.
package final class ScriptedPresence: UserPresence {
    private let entries: Mutex<[String]>
    private let asked = Mutex<[PINRequest]>([])
    private let awaited = Mutex<[HardwareAction]>([])
    private let newPIN: String?
    private let fingers: Mutex<[DeviceKeyError?]>
    private let fingerChecks = Mutex(0)

    /// A person who has these entries for PINs of keys that exist, then gives up, this one for a new key, and whose finger the
    /// reader answers so, one after the other: known by `nil`. After that the person gives up, too.
    package init(pins: [String] = [], newPIN: String? = nil, fingers: [DeviceKeyError?] = []) {
        entries = Mutex(pins)
        self.newPIN = newPIN
        self.fingers = Mutex(fingers)
    }

    /// How often the finger was asked for.
    package var timesFingerWasAskedFor: Int { fingerChecks.withLock { $0 } }

    package func verifyFinger() async throws {
        fingerChecks.withLock { $0 += 1 }
        let answer = fingers.withLock {
            $0.isEmpty ? DeviceKeyError(.cancelled, "the person gave up") : $0.removeFirst()
        }
        if let answer { throw answer }
    }

    /// What was asked so far.
    package var requests: [PINRequest] { asked.withLock { $0 } }

    /// What hardware waited for so far.
    package var actions: [HardwareAction] { awaited.withLock { $0 } }

    package func pin(_ request: PINRequest) async throws -> SecretBytes {
        asked.withLock { $0.append(request) }
        let entry = entries.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let entry else { throw DeviceKeyError(.cancelled, "the person gave up") }
        return SecretBytes(copying: Array(entry.utf8))
    }

    package func newPIN(minimumLength: Int) async throws -> SecretBytes {
        guard let newPIN else { throw DeviceKeyError(.cancelled, "the person gave up") }
        return SecretBytes(copying: Array(newPIN.utf8))
    }

    package func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        awaited.withLock { $0.append(action) }
        return try await body()
    }
}

extension KeyStore {
    /// Makes a key for an organisation of the tests.
    package func generate(
        _ purpose: KeyPurpose, verifiedBy verification: UserVerificationMethod = .pin, presence: any UserPresence
    ) async throws -> StoredKey {
        let request = KeyRequest(
            purpose: purpose, issuer: "https://id.example.com", organizationName: "Example", verification: verification)
        return try await generate(request, presence: presence).stored
    }
}

extension SigningKey {
    /// Unlocks the key for what its purpose is, and signs.
    package func sign(
        _ message: [UInt8], presence: any UserPresence
    ) async throws -> (bytes: [UInt8], verification: UserVerificationMethod) {
        let use: KeyUse = stored.purpose == .userVerification ? .verification : .possession
        let unlocked = try await unlock(for: use, presence: presence)
        return (try await unlocked.sign(message, presence: presence), unlocked.verification)
    }
}
