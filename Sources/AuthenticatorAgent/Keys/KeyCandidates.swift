// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import WireProtocol

/// The keys of an enrolment for one purpose, of which the first that is here is used.
///
/// A key gives way to the next only where its hardware is not here, or has it no more; where it verifies the person also once
/// too many wrong PINs locked it. Whatever else goes wrong, a wrong PIN or a person who gives up above all, ends the matter: else
/// somebody could choose a weaker key by failing with a stronger one.
struct KeyCandidates: Sendable {
    /// The keys, in the order in which they are tried.
    let keys: [StoredKey]
    /// What the person calls them.
    let names: [String: String]
    let ring: KeyRing

    /// The keys of a purpose that have the protection that a challenge asks for.
    ///
    /// - Parameter tellsOfFailure: whether what is signed says why there is no sign-in: where no key has the protection, any may.
    init(_ purpose: KeyPurpose, for accepted: AcceptedChallenge, tellsOfFailure: Bool = false, ring: KeyRing) {
        let enrollment = accepted.enrollment
        let protected = enrollment.signingKeys(for: purpose, under: accepted.claims.keyProtection)
        keys = protected.isEmpty && tellsOfFailure ? enrollment.signingKeys(for: purpose) : protected
        names = enrollment.keyNames
        self.ring = ring
    }

    /// Unlocks the first key that is here, and does something with it.
    ///
    /// - Parameter body: what is done; where it fails as a key does that is not here, the next key is tried.
    /// - Throws: what the body throws, or `DeviceKeyError`.
    func withFirst<Result: Sendable>(
        for use: KeyUse, presence: any UserPresence,
        _ body: @Sendable (any UnlockedKey, StoredKey, any UserPresence) async throws -> Result
    ) async throws -> Result {
        if keys.count == 1 { return try await attempt(keys[0], for: use, presence, presence, body) }
        var failures: [DeviceKeyError] = []
        var awaited: [(key: StoredKey, action: HardwareAction)] = []
        for key in keys {
            try Task.checkCancellation()
            do {
                return try await attempt(key, for: use, PluggedInPresence(presence), presence, body)
            } catch let missing as NotPluggedIn {
                awaited.append((key, missing.action))
            } catch let failure as DeviceKeyError where Self.givesWay(after: failure, for: use) {
                failures.append(failure)
            }
        }
        if let locked = failures.first(where: { $0.code == .pinLocked }) { throw locked }
        if !awaited.isEmpty {
            let key = try await pluggedIn(awaited, for: use, presence: presence)
            return try await attempt(key, for: use, presence, presence, body)
        }
        // A key that is only not here may be there the next time.
        let removed = failures.first { $0.code == .deviceRemoved }
        throw removed ?? failures.first ?? DeviceKeyError(.keyNotFound, "the enrolment has no such key")
    }

    /// Whether the next key may be used after a failure.
    static func givesWay(after failure: DeviceKeyError, for use: KeyUse) -> Bool {
        switch failure.code {
        case .keyNotFound, .deviceRemoved: true
        case .pinLocked: use == .verification
        default: false
        }
    }

    private func attempt<Result: Sendable>(
        _ stored: StoredKey, for use: KeyUse, _ unlocking: any UserPresence, _ signing: any UserPresence,
        _ body: @Sendable (any UnlockedKey, StoredKey, any UserPresence) async throws -> Result
    ) async throws -> Result {
        do {
            let key = try await ring.key(stored).unlock(for: use, presence: named(unlocking, stored))
            return try await body(key, stored, named(signing, stored))
        } catch {
            await ring.close(stored)
            throw error
        }
    }

    private func named(_ presence: any UserPresence, _ key: StoredKey) -> any UserPresence {
        names[key.id].map { NamedKeyPresence(presence, name: $0) } ?? presence
    }

    // MARK: - Waiting for one of several

    /// Has the person plug in one of several keys; the one that comes first.
    private func pluggedIn(
        _ awaited: [(key: StoredKey, action: HardwareAction)], for use: KeyUse, presence: any UserPresence
    ) async throws -> StoredKey {
        let given = awaited.map { names[$0.key.id] ?? $0.action.deviceName }
        let known = given.compactMap { $0 }
        let action = HardwareAction(
            .insert, deviceName: known.count == given.count ? known.joined(separator: " or ") : nil)
        let found: StoredKey? = try await presence.whileWaiting(for: action) {
            await withTaskGroup(of: StoredKey?.self) { group in
                for (key, _) in awaited {
                    group.addTask { await isHere(key, for: use) ? key : nil }
                }
                defer { group.cancelAll() }
                for await key in group where key != nil { return key }
                return nil
            }
        }
        try Task.checkCancellation()
        guard let found else { throw DeviceKeyError(.deviceRemoved, "none of the enrolment's keys was plugged in") }
        return found
    }

    /// Waits until a key is here; whether it came. A key that fails otherwise is here, and says why when it is used.
    private func isHere(_ stored: StoredKey, for use: KeyUse) async -> Bool {
        do {
            _ = try await ring.key(stored).unlock(for: use, presence: ArrivalPresence())
            return true
        } catch let failure as DeviceKeyError {
            return !Self.givesWay(after: failure, for: use) && failure.code != .cancelled
        } catch {
            return !(error is CancellationError)
        }
    }
}
