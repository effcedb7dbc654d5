// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The signature by which a card shows that it is there while its key is enrolled.
public enum PIVEnrollmentSignature {
    private static let context = Array("countersign-piv-enrollment".utf8)

    /// What the card's key signs: no response, token or handshake begins like this.
    ///
    /// - Parameter challenge: the verifier's bytes.
    public static func message(challenge: [UInt8]) -> [UInt8] { context + [0] + challenge }

    /// Checks the part `signature` of a statement.
    static func check(
        _ evidence: AttestationEvidence, _ expectation: AttestationExpectation
    ) throws(AttestationRefusal) {
        let signature = try evidence.part("signature")
        guard expectation.publicKey.verifies(signature, of: message(challenge: expectation.challenge)) else {
            throw .signatureMismatch
        }
    }
}
