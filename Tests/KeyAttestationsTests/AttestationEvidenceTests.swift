// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import KeyAttestations
import Testing

@Suite struct AttestationEvidenceTests {
    @Test func aStatementHasAtMostSixteenParts() throws {
        let parts = Dictionary(uniqueKeysWithValues: (0..<17).map { ("part\($0)", [UInt8(0)]) })
        #expect(throws: AttestationRefusal.tooLarge) { try AttestationEvidence(format: .tpm, parts: parts) }
        _ = try AttestationEvidence(format: .tpm, parts: parts.filter { $0.key != "part16" })
    }

    @Test func aStatementHasAtMostEightCertificates() throws {
        #expect(throws: AttestationRefusal.tooLarge) {
            try AttestationEvidence(format: .tpm, parts: [:], certificates: .init(repeating: [0], count: 9))
        }
        _ = try AttestationEvidence(format: .tpm, parts: [:], certificates: .init(repeating: [0], count: 8))
    }

    @Test func partsAndCertificatesHaveTogetherAtMost64KiB() throws {
        let half = [UInt8](repeating: 0, count: 32 * 1024)
        _ = try AttestationEvidence(format: .tpm, parts: ["part": half], certificates: [half])
        #expect(throws: AttestationRefusal.tooLarge) {
            try AttestationEvidence(format: .tpm, parts: ["part": half + [0]], certificates: [half])
        }
    }
}
