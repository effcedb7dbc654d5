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

    /// The certificates of a statement, of which nothing is proven, after it was checked that they speak of the key that is to be
    /// enrolled and that this key made the part `signature`.
    static func chain(
        of evidence: AttestationEvidence, _ expectation: AttestationExpectation
    ) throws(AttestationRefusal) -> UnverifiedCertificateChain {
        let chain = try UnverifiedCertificateChain(of: evidence.certificates)
        guard chain.leaf.publicKey == expectation.publicKey else { throw .keyMismatch }
        let signature = try evidence.part("signature")
        guard expectation.publicKey.verifies(signature, of: message(challenge: expectation.challenge)) else {
            throw .signatureMismatch
        }
        return chain
    }
}
