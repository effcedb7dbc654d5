// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// That a key's hardware would have to be plugged in first.
struct NotPluggedIn: Error {
    /// What the person would be asked for.
    let action: HardwareAction
}

/// Asks the person for all but to plug hardware in: another key may be here.
struct PluggedInPresence: UserPresence {
    private let presence: any UserPresence

    init(_ presence: any UserPresence) { self.presence = presence }

    func pin(_ request: PINRequest) async throws -> SecretBytes { try await presence.pin(request) }
    func newPIN(minimumLength: Int) async throws -> SecretBytes {
        try await presence.newPIN(minimumLength: minimumLength)
    }

    func verifyFinger() async throws { try await presence.verifyFinger() }

    /// - Throws: ``NotPluggedIn``, or what the body throws.
    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard action.kind != .insert else { throw NotPluggedIn(action: action) }
        return try await presence.whileWaiting(for: action, body)
    }
}

/// Lets hardware be waited for, and ends as soon as it is here and wants something of the person.
struct ArrivalPresence: UserPresence {
    /// That the hardware is here.
    struct Arrived: Error {}

    func pin(_ request: PINRequest) async throws -> SecretBytes { throw Arrived() }
    func newPIN(minimumLength: Int) async throws -> SecretBytes { throw Arrived() }
    func verifyFinger() async throws { throw Arrived() }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard action.kind == .insert else { throw Arrived() }
        return try await body()
    }
}

/// Calls a key by the name that the person gave it.
struct NamedKeyPresence: UserPresence {
    private let presence: any UserPresence
    private let name: String

    init(_ presence: any UserPresence, name: String) {
        self.presence = presence
        self.name = name
    }

    func pin(_ request: PINRequest) async throws -> SecretBytes {
        var request = request
        request.deviceName = name
        return try await presence.pin(request)
    }

    func newPIN(minimumLength: Int) async throws -> SecretBytes {
        try await presence.newPIN(minimumLength: minimumLength)
    }

    func verifyFinger() async throws { try await presence.verifyFinger() }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await presence.whileWaiting(for: HardwareAction(action.kind, deviceName: name), body)
    }
}
