// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WebAuthn
internal import WireProtocol

/// The signature counters of security keys, by which a copied key shows itself (WebAuthn §6.1.1, §7.2 step 22).
enum SignatureCounter {
    /// Keeps the counter of a response, within the transaction that accepts it.
    ///
    /// - Returns: whether the counter did not grow although the key counts: one of two keys with the same secret signed before.
    static func take(
        _ proof: AuthenticationProof, of enrollmentID: String?, in writer: any StoreWriter
    ) throws -> Bool {
        guard let count = proof.assertion?.signCount, let enrollmentID,
            var enrollment = try writer.record(EnrollmentRecord.self, id: enrollmentID)
        else { return false }
        let key: WritableKeyPath<EnrollmentRecord, EnrolledHardware?>
        switch proof.claims.keyType {
        case .proofOfPossession: key = \.proofOfPossession.hardware
        case .userVerification: key = \.verificationHardware
        case .clientInstance: return false
        }
        guard let last = enrollment[keyPath: key]?.signCount else { return false }
        guard count > last else { return count != 0 || last != 0 }
        enrollment[keyPath: key]?.signCount = count
        try writer.save(enrollment)
        return false
    }
}

extension EnrollmentRecord {
    fileprivate var verificationHardware: EnrolledHardware? {
        get { userVerification?.hardware }
        set { userVerification?.hardware = newValue }
    }
}
