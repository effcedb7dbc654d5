// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import KeyAttestations
import Testing

/// A TPM's user-verification key that no PIN guards, since the machine's fingerprint reader verifies.
@Suite struct FingerprintReaderTests {
    private func verdict(of name: String, acceptsFingerprintReaders: Bool) throws -> AttestedKey {
        let file = try AttestationVectors.named("tpm")
        let vector = try file.vector(name)
        let verifier = AttestationVerifier(
            anchors: try vector.trusted(file),
            policy: AttestationPolicy(acceptsFingerprintReaders: acceptsFingerprintReaders))
        return try verifier.verify(try vector.evidence(), expecting: try vector.expectation(file))
    }

    @Test func itIsTakenOnlyWherePolicySaysSo() throws {
        let name = "a key that does not count guesses, for user verification"
        #expect(throws: AttestationRefusal.tpm(.notProtectedAgainstGuessing)) {
            _ = try verdict(of: name, acceptsFingerprintReaders: false)
        }
        let key = try verdict(of: name, acceptsFingerprintReaders: true)
        #expect(key.protection == .hardware)
        #expect(key.verification == .notRequired, "of the finger the TPM knows nothing")
    }

    @Test func aKeyUnderTheProtectionAgainstGuessingIsNotSaidToLackAPIN() throws {
        for accepts in [false, true] {
            let key = try verdict(of: "with a PIN, for user verification", acceptsFingerprintReaders: accepts)
            #expect(key.verification == .unknown)
        }
    }

    /// The rule about guessing alone gives way.
    @Test(arguments: ["a key that can leave", "another challenge", "another secret", "another key certified"])
    func nothingElseIsTakenForIt(name: String) {
        #expect(throws: AttestationRefusal.self) { _ = try verdict(of: name, acceptsFingerprintReaders: true) }
    }
}
