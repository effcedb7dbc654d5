// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import TPMKeys

extension FuzzTarget {
    /// What was kept of a TPM's keys, and what a TPM and a verifier say.
    static let tpmTargets: [String: Body] = [
        "tpm-key": { input in
            guard let record = TPMKeyRecord(reading: input) else { return }
            expect(record.bytes == input, "a record has one spelling")
            _ = record.publicKey
        },
        "tpm-public-area": { input in
            guard let area = TPMStructures.publicArea(input) else { return }
            expect((try? TPMStructures.bytes(of: area)) == input, "a public area has one spelling")
            _ = area.p256Key
            _ = area.matches(KeyTemplate.storageRoot)
            _ = EndorsementKind.number(of: area)
        },
        "tpm-certificates": { input in
            let certificates = StoredCertificates.split(input)
            expect(input.starts(with: certificates.joined()), "certificates are what the bytes begin with")
        },
        "tpm-sealed-credential": { input in
            for count in [0, input.count / 2, input.count] {
                _ = TPMStructures.sealedCredential(Array(input.prefix(count)), Array(input.dropFirst(count)))
            }
        },
    ]
}
