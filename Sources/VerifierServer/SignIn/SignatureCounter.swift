// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WebAuthn

/// The signature counters of security keys, by which a copied key shows itself (WebAuthn §6.1.1, §7.2 step 22).
enum SignatureCounter {
    /// Keeps the counter of a response with the key that signed it, within the transaction that accepts it.
    ///
    /// - Returns: whether the counter did not grow although the key counts: one of two keys with the same secret signed before.
    static func take(
        _ proof: AuthenticationProof, of identity: AuthenticatedIdentity, in writer: any StoreWriter
    ) throws -> Bool {
        guard let count = proof.assertion?.signCount, let id = identity.enrollmentID,
            let thumbprint = identity.keyThumbprint, var enrollment = try writer.record(EnrollmentRecord.self, id: id),
            let last = enrollment.signInKey(thumbprint: thumbprint)?.key.hardware?.signCount
        else { return false }
        guard count > last else { return count != 0 || last != 0 }
        enrollment.changeSignInKey(thumbprint: thumbprint) { $0.hardware?.signCount = count }
        try writer.save(enrollment)
        return false
    }
}
