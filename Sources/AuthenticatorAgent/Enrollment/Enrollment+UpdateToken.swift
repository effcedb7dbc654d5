// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import WireProtocol

extension Enrollment {
    /// A token by which this device asks something about its enrolment, signed by the key that never asks anybody. It counts once.
    ///
    /// - Throws: `DeviceKeyError` where that key is gone.
    func updateToken(keys: KeyStores, clock: AgentClock) async throws -> String {
        let claims = EnrollmentUpdateClaims(
            enrollmentID: id, audience: issuer, userID: userID, issuedAt: clock.now(),
            tokenID: try SecureRandom.identifier())
        let key = try await keys.open(clientInstance).unlock(for: .possession, presence: NobodyPresent())
        return try await DeviceKeySigner(stored: clientInstance, key: key, presence: NobodyPresent())
            .compactJWS(claims, type: TokenType.enrollmentUpdate)
    }
}
