// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WebAuthn
internal import WireProtocol

@testable internal import Cryptography
@testable internal import KeyAttestations

extension FuzzTarget {
    /// What hardware, or somebody in its name, says of keys.
    static let attestationTargets: [String: Body] = [
        "cbor": { input in
            guard let value = try? CBOR(decoding: input) else { return }
            expect(value.encoded() == input, "one encoding for each value")
        },
        "authenticator-data": { input in
            guard let data = try? AuthenticatorData(input), let credential = data.attestedCredential else { return }
            let key = try? COSEKey(COSEKey(credential.publicKey).value)
            expect(key?.publicKey == credential.publicKey, "a key that was read can be written")
        },
        "attestation-object": { input in
            guard let object = try? AttestationObject(input) else { return }
            let written = AttestationObject.encoded(
                format: object.format, statement: object.statement, authenticatorData: object.authenticatorDataBytes)
            expect(written == input, "one encoding for each object")
            judge(.fido2, ["attestationObject": input, "clientDataJSON": clientData])
        },
        "client-data": { input in
            guard let client = try? CollectedClientData(reading: input), let written = try? client.encoded() else {
                return
            }
            // Escapes can make the written form longer than what is read at most.
            guard written.count <= CollectedClientData.maximumLength else { return }
            expect((try? CollectedClientData(reading: written)) == client, "what was written is read as the same")
        },
        "assertion": { input in
            guard let assertion = try? CarriedAssertion(reading: input) else { return }
            let facts = try? assertion.verify(
                with: strangerKey, relyingPartyID: "id.example.com.countersign.invalid",
                origin: "https://id.example.com", message: Array("eyJhbGciOiJGSURPMi1FUzI1NiJ9.e30".utf8))
            expect(facts == nil, "nobody signs for a key that nobody has")
        },
        "mds-blob": { input in
            expect((try? FIDOMetadata(blob: input, roots: .none, at: 0)) == nil, "nothing is trusted by default")
        },
        "mds-payload": { input in
            guard let metadata = try? FIDOMetadata(payload: input) else { return }
            for aaguid in metadata.models {
                let entry = metadata.entry(for: aaguid)
                _ = entry?.anchors
                _ = entry?.reportAgainst(path: [input], at: 1_780_272_000)
            }
        },
        "tpm-structures": { input in
            if let area = try? TPMPublicArea(input) {
                _ = try? area.name()
                _ = try? TPMCredential.make(ek: area, akName: input, secret: SecretBytes(copying: [1, 2, 3]))
            }
            _ = try? TPMCertification(input)
            if let signature = try? TPMSignature(input) {
                expect(!signature.verifies(input, with: strangerKey), "nobody signs for a key that nobody has")
            }
        },
        "x509": { input in
            _ = try? AuthorityCertificate(der: input)
            _ = try? TrustedCertificates(pem: input)
            guard let certificate = try? Certificate(der: input) else { return }
            _ = try? YubiKeyExtensions(of: certificate)
            _ = try? EndorsementCertificateProfile.check(certificate)
            _ = try? PackedCertificateProfile.check(certificate, aaguid: .zero)
            _ = try? certificate.keyIdentifier()
            let query = OCSPQuery(about: certificate.handle, issuedBy: [certificate.handle], trusted: .none)
            expect((query?.url.utf8.count ?? 0) <= OCSPQuery.maximumURLLength, "URLs are bounded")
            let chain = try? UnverifiedCertificateChain(der: [input, input])
            expect((try? chain?.verify(against: .none, at: 0)) == nil, "nothing is trusted by default")
        },
        "x509-extensions": { input in
            _ = try? TPMModel(subjectAlternativeName: input)
            _ = try? CertificatePolicies.identifiers(in: input)
            _ = try? YubiKeyExtensions { oid in
                oid.hasSuffix(".7") ? input : Array(input.prefix(oid.hasSuffix(".3") ? 3 : 2))
            }
            var reader = DERReader(input)
            while !reader.isAtEnd, (try? reader.next()) != nil {}
        },
        "revocation": { input in
            _ = try? CertificateRevocationList(input)
            _ = try? OCSPResponse(der: input)
        },
        "attestation-statement": { again(AttestationStatement.self, $0) },
        "attestation-request": { again(AttestationRequest.self, $0) },
        "attestation-challenge": { again(AttestationChallenge.self, $0) },
    ]

    private static let clientData =
        (try? CollectedClientData(.enroll, challenge: [1], origin: "https://id.example.com").encoded()) ?? []

    /// Judges a statement without anchors: it proves nothing.
    private static func judge(_ format: AttestationEvidence.Format, _ parts: [String: [UInt8]]) {
        guard let evidence = try? AttestationEvidence(format: format, parts: parts) else { return }
        let key = try? AttestationVerifier(anchors: TrustAnchors()).verify(
            evidence,
            expecting: AttestationExpectation(
                publicKey: strangerKey, purpose: .proofOfPossession, challenge: [1], issuer: "https://id.example.com",
                time: 1_780_272_000))
        expect(key?.protection != .hardware, "nobody is trusted by default")
    }
}
