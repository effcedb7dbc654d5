// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography
package import DeviceKeys
internal import Synchronization

/// A person who types what a test wrote.
package final class ScriptedPresence: UserPresence {
    private let entries: Mutex<[String]>
    private let asked = Mutex<[PINRequest]>([])
    private let newPIN: String?

    /// A person who has these entries for PINs of keys that exist, then gives up, and this one for a new key.
    package init(pins: [String] = [], newPIN: String? = nil) {
        entries = Mutex(pins)
        self.newPIN = newPIN
    }

    /// What was asked so far.
    package var requests: [PINRequest] { asked.withLock { $0 } }

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
}
