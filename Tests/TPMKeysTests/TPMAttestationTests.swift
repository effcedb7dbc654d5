// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Glibc
import TestSupport
import Testing

@testable import TPMKeys

@Suite(.needsSoftwareTPM) struct TPMAttestationTests {
    @Test func aTPMWithACertificateAttestsBothKeys() async throws {
        let tpm = try SoftwareTPM(hasCertificate: true)
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let verifier = ToolVerifier(tpm: tpm)
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
        #expect(text.lowercased().contains(ToolVerifier.hex(number)))
        try await store.activate(try verifier.seal(identity))
        #expect(tpm.loadedHandles().isEmpty)
        try verifier.check(
            try await store.generate(verifier.request(.proofOfPossession), presence: ScriptedPresence()), identity)
        try verifier.check(
            try await store.generate(verifier.request(.userVerification), presence: ScriptedPresence(newPIN: "123456")),
            identity)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func aTPMWithoutCertificateAttestsAllTheSame() async throws {
        let tpm = try SoftwareTPM()
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let verifier = ToolVerifier(tpm: tpm)
        let identity = try await store.attestationIdentity()
        #expect(identity.endorsementCertificates.isEmpty)
        try await store.activate(try verifier.seal(identity))
        try verifier.check(
            try await store.generate(verifier.request(.proofOfPossession), presence: ScriptedPresence()), identity)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func aCertificateOnP256AndItsChainAreFound() async throws {
        let tpm = try SoftwareTPM(hasCertificate: true)
        try tpm.run(
            """
            tpm2_createek -Q -G ecc -c ek.ctx -u ek.pem -f pem; tpm2_flushcontext -t
            \(ToolVerifier.certify)
            define 0x01c0000a ek.der 200
            define 0x01c00100 ca.der 0
            """)
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let verifier = ToolVerifier(tpm: tpm)
        let identity = try await store.attestationIdentity()
        #expect(identity.endorsementCertificates == [tpm.folder.bytes("ek.der"), tpm.folder.bytes("ca.der")])
        try await store.activate(try verifier.seal(identity))
        try verifier.check(
            try await store.generate(verifier.request(.proofOfPossession), presence: ScriptedPresence()), identity)
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
        let verifier = ToolVerifier(tpm: tpm)
        let identity = try await store.attestationIdentity()
        let stranger = try verifier.seal(identity, name: [0x00, 0x0B] + SHA256.hash([1]))
        #expect(await failure { try await store.activate(stranger) }?.message.contains("is not for this TPM") == true)
        let other = try SoftwareTPM()
        let foreign = try await TPMKeyStore(TPMOptions(tcti: other.tcti)).attestationIdentity()
        let sealed = try ToolVerifier(tpm: other).seal(
            foreign, name: [0x00, 0x0B] + SHA256.hash(identity.attestationKey))
        #expect(await failure { try await store.activate(sealed) }?.code == .unavailable)
        let refused = await failure {
            _ = try await store.generate(verifier.request(.proofOfPossession), presence: ScriptedPresence())
        }
        #expect(refused?.message.contains("was not activated") == true)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func anIdentityThatWasReplacedMeanwhileIsNotActivated() async throws {
        let tpm = try SoftwareTPM()
        let proxy = try MeddlingProxy(before: tpm)
        let store = TPMKeyStore(TPMOptions(tcti: proxy.tcti))
        let credential = try ToolVerifier(tpm: tpm).seal(try await store.attestationIdentity())
        proxy.meddle { _, number, _ in
            if number == 1 { usleep(300_000) }
            return .pass
        }
        let activation = Task { await failure { try await store.activate(credential) } }
        while proxy.commands.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        _ = try await store.attestationIdentity()
        #expect(await activation.value?.message.contains("was not activated") == true)
    }

    @Test func aPersistentKeyThatIsNoEndorsementKeyIsLeftAlone() async throws {
        let tpm = try SoftwareTPM()
        try tpm.run(
            "tpm2_createprimary -Q -C e -g sha256 -G ecc256:aes128cfb -c other.ctx; tpm2_flushcontext -t; "
                + "tpm2_evictcontrol -Q -C o -c other.ctx 0x81010001")
        let identity = try await TPMKeyStore(TPMOptions(tcti: tpm.tcti)).attestationIdentity()
        let area = try #require(TPMStructures.publicArea(identity.endorsementKey))
        #expect(area.matches(KeyTemplate.endorsementP256))
    }

    @Test func whatIsNoSealedSecretIsRefused() async throws {
        let tpm = try SoftwareTPM()
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        #expect(
            await failure {
                try await store.activate(SealedCredential(credentialBlob: [0, 0], encryptedSecret: [0, 0]))
            }?.message.contains("was not activated") == true)
        let good = try ToolVerifier(tpm: tpm).seal(try await store.attestationIdentity())
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
