// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing

@testable import TPMKeys

@Suite(.needsSoftwareTPM) struct TPMAttestationTests {
    private static let secret: [UInt8] = Array(1...32)
    private static let challenge: [UInt8] = Array(100...131)

    private func sized(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes }

    /// What a verifier would do with tpm2_makecredential.
    private func seal(
        _ identity: AttestationIdentity, with tpm: SoftwareTPM, name: [UInt8]? = nil
    ) throws -> SealedCredential {
        try tpm.write(sized(identity.endorsementKey), to: "ek.pub")
        try tpm.write(Self.secret, to: "secret")
        let name = name ?? [0x00, 0x0B] + SHA256.hash(identity.attestationKey)
        let hex = name.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try tpm.run("tpm2_makecredential -Q -T none -u ek.pub -s secret -n \(hex) -o credential")
        // A magic number and a version of the tool's own come first.
        let bytes = Array(tpm.folder.bytes("credential").dropFirst(8))
        let length = 2 + Int(bytes[0]) << 8 + Int(bytes[1])
        return SealedCredential(
            credentialBlob: Array(bytes.prefix(length)), encryptedSecret: Array(bytes.dropFirst(length)))
    }

    private func request(_ purpose: KeyPurpose) -> KeyRequest {
        KeyRequest(
            purpose: purpose, issuer: "https://id.example.com", organizationName: "Example",
            attestationChallenge: Self.challenge)
    }

    /// Checks a statement with the TPM's own eyes: tpm2-tools reads it, and the signature verifies under the attestation key.
    private func check(
        _ made: GeneratedKey, _ identity: AttestationIdentity, with tpm: SoftwareTPM
    ) throws {
        let attestation = try #require(made.attestation)
        #expect(attestation.format == .tpm)
        #expect(attestation.certificates.isEmpty)
        #expect(
            Set(attestation.parts.keys) == [
                "certifyInfo", "signature", "publicArea", "attestationKey", "activatedSecret",
            ])
        #expect(attestation.parts["activatedSecret"] == Self.secret)
        #expect(attestation.parts["attestationKey"] == identity.attestationKey)
        let area = try #require(attestation.parts["publicArea"])
        try tpm.write(try #require(attestation.parts["certifyInfo"]), to: "attest")
        try tpm.write(try #require(attestation.parts["signature"]), to: "signature")
        try tpm.write(sized(identity.attestationKey), to: "ak.pub")
        try tpm.write(sized(area), to: "key.pub")
        let said = try tpm.run(
            "tpm2_loadexternal -Q -C n -u ak.pub -c ak.ctx; tpm2_flushcontext -t; "
                + "tpm2_verifysignature -Q -c ak.ctx -g sha256 -m attest -s signature; tpm2_flushcontext -t; "
                + "tpm2_print -t TPMS_ATTEST attest || true; tpm2_print -t TPM2B_PUBLIC key.pub; tpm2_print -t TPM2B_PUBLIC ak.pub"
        )
        func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        #expect(said.contains("ff544347"))
        #expect(said.contains("8017"))
        #expect(said.contains("extraData: \(hex(SHA256.hash(Self.challenge)))"))
        // tpm2_print stops before what was attested: the key's name (TPMS_CERTIFY_INFO, TPM 2.0 Part 2 §10.12.3).
        #expect(try #require(attestation.parts["certifyInfo"]).holds([0, 34, 0x00, 0x0B] + SHA256.hash(area)))
        // The attestation key: restricted, fixed to this TPM, made in it.
        #expect(said.contains("0x50472"))
        #expect(TPMStructures.publicArea(area)?.p256Key == made.stored.publicKey)
    }

    @Test func aTPMWithACertificateAttestsBothKeys() async throws {
        let tpm = try SoftwareTPM(hasCertificate: true)
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        #expect(try await store.status().hasEndorsementCertificate)
        let identity = try await store.attestationIdentity()
        #expect(tpm.loadedHandles().isEmpty)
        try tpm.run("tpm2_nvread -C o 0x01c00002 > ek.cert")
        #expect(identity.endorsementCertificates == [tpm.folder.bytes("ek.cert")])
        // The authority of the TPM verifies the certificate, and its key is the identity's.
        let text = try tpm.run(
            "openssl x509 -inform DER -in ek.cert -out ek.pem; "
                + "openssl verify -partial_chain -ignore_critical -trusted ca/cert.pem ek.pem; "
                + "openssl x509 -in ek.pem -noout -modulus")
        #expect(text.contains("ek.pem: OK"))
        let number = try #require(TPMStructures.publicArea(identity.endorsementKey).flatMap(EndorsementKind.number))
        #expect(text.lowercased().contains(number.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()))
        try await store.activate(try seal(identity, with: tpm))
        #expect(tpm.loadedHandles().isEmpty)
        let silent = try await store.generate(request(.proofOfPossession), presence: ScriptedPresence())
        try check(silent, identity, with: tpm)
        let guarded = try await store.generate(request(.userVerification), presence: ScriptedPresence(newPIN: "123456"))
        try check(guarded, identity, with: tpm)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func aTPMWithoutCertificateAttestsAllTheSame() async throws {
        let tpm = try SoftwareTPM()
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let identity = try await store.attestationIdentity()
        #expect(identity.endorsementCertificates.isEmpty)
        try await store.activate(try seal(identity, with: tpm))
        try check(
            try await store.generate(request(.proofOfPossession), presence: ScriptedPresence()), identity, with: tpm)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func aCertificateOnP256AndItsChainAreFound() async throws {
        let tpm = try SoftwareTPM(hasCertificate: true)
        try tpm.run(
            """
            tpm2_createek -Q -G ecc -c ek.ctx -u ek.pem -f pem; tpm2_flushcontext -t
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=Maker
            openssl x509 -new -force_pubkey ek.pem -subj /CN=TPM -CA ca.pem -CAkey ca.key -days 9 -outform DER -out ek.der
            openssl x509 -in ca.pem -outform DER -out ca.der
            define() {
              tpm2_nvdefine -Q -C p -s $(($(stat -c %s $2) + $3)) -a 'ppwrite|ppread|ownerread|authread|no_da|platformcreate' $1
              tpm2_nvwrite -Q -C p -i $2 $1
            }
            define 0x01c0000a ek.der 200
            define 0x01c00100 ca.der 0
            """)
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let identity = try await store.attestationIdentity()
        #expect(identity.endorsementCertificates == [tpm.folder.bytes("ek.der"), tpm.folder.bytes("ca.der")])
        try await store.activate(try seal(identity, with: tpm))
        try check(
            try await store.generate(request(.proofOfPossession), presence: ScriptedPresence()), identity, with: tpm)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func aCertificateOfAnotherKeyIsNotShown() async throws {
        let tpm = try SoftwareTPM()
        try tpm.run(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -outform DER -out c.der -subj /CN=X
            tpm2_nvdefine -Q -C p -s $(stat -c %s c.der) -a 'ppwrite|ownerread|authread|no_da|platformcreate' 0x01c0000a
            tpm2_nvwrite -Q -C p -i c.der 0x01c0000a
            """)
        let identity = try await TPMKeyStore(TPMOptions(tcti: tpm.tcti)).attestationIdentity()
        #expect(identity.endorsementCertificates.isEmpty)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func whatIsSealedToAnotherKeyIsNotOpened() async throws {
        let tpm = try SoftwareTPM()
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let identity = try await store.attestationIdentity()
        let stranger = try seal(identity, with: tpm, name: [0x00, 0x0B] + SHA256.hash([1]))
        #expect(await failure { try await store.activate(stranger) }?.message.contains("is not for this TPM") == true)
        let other = try SoftwareTPM()
        let foreign = try await TPMKeyStore(TPMOptions(tcti: other.tcti)).attestationIdentity()
        let sealed = try seal(foreign, with: other, name: [0x00, 0x0B] + SHA256.hash(identity.attestationKey))
        #expect(await failure { try await store.activate(sealed) }?.code == .unavailable)
        let refused = await failure {
            _ = try await store.generate(request(.proofOfPossession), presence: ScriptedPresence())
        }
        #expect(refused?.message.contains("was not activated") == true)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func whatIsNoSealedSecretIsRefused() async throws {
        let tpm = try SoftwareTPM()
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        #expect(
            await failure {
                try await store.activate(SealedCredential(credentialBlob: [0, 0], encryptedSecret: [0, 0]))
            }?.message.contains("was not activated") == true)
        let good = try seal(try await store.attestationIdentity(), with: tpm)
        for (blob, seed) in [
            ([], good.encryptedSecret), (good.credentialBlob + [0], good.encryptedSecret),
            (good.credentialBlob, []), (good.credentialBlob, good.encryptedSecret + [0]),
            (Array(good.credentialBlob.dropLast()), good.encryptedSecret),
            ([0xFF, 0xFF] + [UInt8](repeating: 0, count: 65535), good.encryptedSecret),
            (good.credentialBlob, [0x20, 0x00] + [UInt8](repeating: 0, count: 8192)),
        ] {
            let credential = SealedCredential(credentialBlob: blob, encryptedSecret: seed)
            #expect(await failure { try await store.activate(credential) }?.message.contains("malformed") == true)
        }
        try await store.activate(good)
    }

    @Test func aPasswordOnTheEndorsementHierarchyIsTold() async throws {
        let tpm = try SoftwareTPM()
        try tpm.run("tpm2_changeauth -Q -c endorsement secret")
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let found = await failure { _ = try await store.attestationIdentity() }
        #expect(found?.code == .unsupported)
        #expect(found?.message.contains("endorsement hierarchy has a password") == true)
        #expect(tpm.loadedHandles().isEmpty)
        _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
    }
}
