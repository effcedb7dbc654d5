// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CLibtss2
import Cryptography
import DeviceKeys
import TestSupport
import Testing

@testable import TPMKeys

/// What a maker left beside its certificate: a nonce, a template of its own, or both (TCG EK Credential Profile §2.2.1.4).
///
/// tpm2_createprimary plays the maker; tpm2_createek is no judge, for it copies a nonce wrongly (5.4).
@Suite(.needsSoftwareTPM) struct MakersTemplateTests {
    enum Left: CaseIterable { case nonce, template, nonceAndTemplate, templateAndUnusedNonce }

    private static let nonce = [UInt8](repeating: 0xA1, count: 20)

    /// The profile's template with an attribute more, and made unique by other bytes than zeros.
    private func makersTemplate(_ kind: EndorsementKind) -> TPMT_PUBLIC {
        var area = kind.template
        area.objectAttributes |= TPMA_OBJECT_NODA
        let bytes = [UInt8](repeating: 0x55, count: kind == .p256 ? 32 : 256)
        switch kind {
        case .p256:
            area.unique.ecc.x.size = fillTPM(&area.unique.ecc.x.buffer, with: bytes) ?? 0
            area.unique.ecc.y.size = fillTPM(&area.unique.ecc.y.buffer, with: bytes) ?? 0
        case .rsa2048: area.unique.rsa.size = fillTPM(&area.unique.rsa.buffer, with: bytes) ?? 0
        }
        return area
    }

    /// What makes the maker's key unique, as tpm2_createprimary reads it: structures of its own machine.
    private func unique(_ kind: EndorsementKind, _ left: Left) -> [UInt8] {
        let usesNonce = left == .nonce || left == .nonceAndTemplate
        func filled(_ count: Int, nonce: Bool = true) -> [UInt8] {
            guard usesNonce else { return [UInt8](repeating: 0x55, count: count) }
            return (nonce ? Self.nonce : []) + [UInt8](repeating: 0, count: count - (nonce ? Self.nonce.count : 0))
        }
        let rest = [UInt8](repeating: 0, count: 96)
        switch kind {
        case .p256: return [32, 0] + filled(32) + rest + [32, 0] + filled(32, nonce: false) + rest
        case .rsa2048: return [0, 1] + filled(256)
        }
    }

    private func leave(_ left: Left, _ kind: EndorsementKind, in tpm: SoftwareTPM) throws {
        try tpm.write(unique(kind, left), to: "unique")
        let policy = kind.template.authPolicy
        try tpm.write(tpmBytes(policy.buffer, policy.size), to: "policy")
        try tpm.write(Self.nonce, to: "nonce")
        try tpm.write(try TPMStructures.bytes(of: makersTemplate(kind)), to: "template")
        let index = { (index: UInt32) in "0x0" + String(index, radix: 16) }
        let attributes = left == .nonce ? "" : "noda|"
        try tpm.run(
            """
            tpm2_createprimary -Q -C e -g sha256 -G \(kind == .p256 ? "ecc256" : "rsa2048"):aes128cfb -u unique -L policy \\
              -a 'fixedtpm|fixedparent|sensitivedataorigin|adminwithpolicy|\(attributes)restricted|decrypt' -c ek.ctx -o ek.pem -f pem
            tpm2_flushcontext -t
            \(ToolVerifier.certify)
            define \(index(kind == .p256 ? 0x01C0_000A : 0x01C0_0002)) ek.der 0
            \(left == .template ? "" : "define \(index(kind == .p256 ? 0x01C0_000B : 0x01C0_0003)) nonce 0")
            \(left == .nonce ? "" : "define \(index(kind == .p256 ? 0x01C0_000C : 0x01C0_0004)) template 0")
            """)
    }

    @Test(arguments: EndorsementKind.allCases, Left.allCases)
    func theMakersKeyIsMadeAgainAndAttests(kind: EndorsementKind, left: Left) async throws {
        let tpm = try SoftwareTPM()
        try leave(left, kind, in: tpm)
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let verifier = ToolVerifier(tpm: tpm)
        let identity = try await store.attestationIdentity()
        #expect(identity.endorsementCertificates == [tpm.folder.bytes("ek.der")])
        let area = try #require(TPMStructures.publicArea(identity.endorsementKey))
        #expect((area.objectAttributes & TPMA_OBJECT_NODA != 0) == (left != .nonce))
        try await store.activate(try verifier.seal(identity))
        try verifier.check(
            try await store.generate(verifier.request(.userVerification), presence: ScriptedPresence(newPIN: "123456")),
            identity)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test(arguments: [[], [1, 2, 3], [0x00, 0x01, 0x00, 0x0B, 0, 0, 0, 0, 0, 0]] as [[UInt8]])
    func aTemplateThatIsNoneLeavesThePlainKey(template: [UInt8]) async throws {
        let tpm = try SoftwareTPM()
        try tpm.run("tpm2_createek -Q -G ecc -c ek.ctx -u ek.pem -f pem; tpm2_flushcontext -t")
        try tpm.write(template + [0], to: "template")
        try tpm.run("\(ToolVerifier.certify)\ndefine 0x01c0000a ek.der 0; define 0x01c0000c template 0")
        let identity = try await TPMKeyStore(TPMOptions(tcti: tpm.tcti)).attestationIdentity()
        #expect(identity.endorsementCertificates == [tpm.folder.bytes("ek.der")])
    }

    @Test func aTemplateThatTheTPMRefusesHidesNoOtherKey() async throws {
        let tpm = try SoftwareTPM()
        try tpm.run("tpm2_createek -Q -G rsa -c ek.ctx -u ek.pem -f pem; tpm2_flushcontext -t")
        var area = EndorsementKind.p256.template
        // A restricted key that both decrypts and signs.
        area.objectAttributes |= TPMA_OBJECT_SIGN_ENCRYPT
        try tpm.write(try TPMStructures.bytes(of: area), to: "template")
        try tpm.run(
            "\(ToolVerifier.certify)\ndefine 0x01c0000a ca.der 0; define 0x01c0000c template 0; define 0x01c00002 ek.der 0"
        )
        let identity = try await TPMKeyStore(TPMOptions(tcti: tpm.tcti)).attestationIdentity()
        #expect(identity.endorsementCertificates == [tpm.folder.bytes("ek.der")])
    }

    @Test func aNonceThatIsTooLongIsNotCutOff() {
        #expect(EndorsementKind.p256.template.with(nonce: [UInt8](repeating: 1, count: 33)) == nil)
        #expect(EndorsementKind.rsa2048.template.with(nonce: [UInt8](repeating: 1, count: 257)) == nil)
        #expect(EndorsementKind.p256.template.with(nonce: [UInt8](repeating: 1, count: 32)) != nil)
    }

    @Test func aPasswordOfAnIndexIsNotGuessedWhereThatCountsTowardsTheLockout() async throws {
        let tpm = try SoftwareTPM()
        try tpm.run(
            "tpm2_nvdefine -Q -C p -s 4 -p secret -a 'ppwrite|authread|platformcreate' 0x01c0000a; "
                + "printf abcd | tpm2_nvwrite -Q -C p -i - 0x01c0000a")
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        _ = try await store.attestationIdentity()
        #expect(try await store.status().dictionaryAttack.failedTries == 0)
    }
}
