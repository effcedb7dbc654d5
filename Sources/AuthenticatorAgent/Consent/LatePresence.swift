// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// Asks the person as soon as it is known what they are told: a key's hardware is looked for meanwhile.
struct LatePresence: UserPresence {
    private let presence: Task<any UserPresence, Never>

    init(_ presence: Task<any UserPresence, Never>) { self.presence = presence }

    func pin(_ request: PINRequest) async throws -> SecretBytes { try await presence.value.pin(request) }

    func newPIN(minimumLength: Int) async throws -> SecretBytes {
        try await presence.value.newPIN(minimumLength: minimumLength)
    }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await presence.value.whileWaiting(for: action, body)
    }

    func verifyFinger() async throws { try await presence.value.verifyFinger() }
}
