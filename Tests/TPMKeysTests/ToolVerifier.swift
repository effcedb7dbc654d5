// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing

@testable import TPMKeys

/// What a maker and a verifier do, done with tpm2-tools and OpenSSL.
struct ToolVerifier {
    static let secret: [UInt8] = Array(1...32)
    private static let challenge: [UInt8] = Array(100...131)

    /// Shell: certifies the key in `ek.pem` as `ek.der`, with the maker's own certificate in `ca.der`; and `define INDEX FILE
    /// SPARE`, which keeps a file at an NV index as a maker does, with so many bytes to spare.
    static let certify = """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=Maker
        openssl x509 -new -force_pubkey ek.pem -subj /CN=TPM -CA ca.pem -CAkey ca.key -days 9 -outform DER -out ek.der
        openssl x509 -in ca.pem -outform DER -out ca.der
        define() {
          tpm2_nvdefine -Q -C p -s $(($(stat -c %s $2) + $3)) -a 'ppwrite|ppread|ownerread|authread|no_da|platformcreate' $1
          tpm2_nvwrite -Q -C p -i $2 $1
        }
        """

    let tpm: SoftwareTPM

    /// A structure with its size before it.
    static func sized(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Seals the secret to the keys of an identity.
    func seal(_ identity: AttestationIdentity, name: [UInt8]? = nil) throws -> SealedCredential {
        try tpm.write(Self.sized(identity.endorsementKey), to: "ek.pub")
        try tpm.write(Self.secret, to: "secret")
        let name = name ?? [0x00, 0x0B] + SHA256.hash(identity.attestationKey)
        try tpm.run("tpm2_makecredential -Q -T none -u ek.pub -s secret -n \(Self.hex(name)) -o credential")
        // A magic number and a version of the tool's own come first.
        let bytes = Array(tpm.folder.bytes("credential").dropFirst(8))
        let length = 2 + Int(bytes[0]) << 8 + Int(bytes[1])
        return SealedCredential(
            credentialBlob: Array(bytes.prefix(length)), encryptedSecret: Array(bytes.dropFirst(length)))
    }

    /// What the verifier asks for.
    func request(_ purpose: KeyPurpose) -> KeyRequest {
        KeyRequest(
            purpose: purpose, issuer: "https://id.example.com", organizationName: "Example",
            attestationChallenge: Self.challenge)
    }

    /// Checks a statement with the TPM's own eyes: tpm2-tools reads it, and the signature verifies under the attestation key.
    func check(_ made: GeneratedKey, _ identity: AttestationIdentity) throws {
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
        try tpm.write(Self.sized(identity.attestationKey), to: "ak.pub")
        try tpm.write(Self.sized(area), to: "key.pub")
        let said = try tpm.run(
            "tpm2_loadexternal -Q -C n -u ak.pub -c ak.ctx; tpm2_flushcontext -t; "
                + "tpm2_verifysignature -Q -c ak.ctx -g sha256 -m attest -s signature; tpm2_flushcontext -t; "
                + "tpm2_print -t TPMS_ATTEST attest || true; tpm2_print -t TPM2B_PUBLIC key.pub; "
                + "tpm2_print -t TPM2B_PUBLIC ak.pub")
        #expect(said.contains("ff544347"))
        #expect(said.contains("8017"))
        #expect(said.contains("extraData: \(Self.hex(SHA256.hash(Self.challenge)))"))
        // tpm2_print stops before what was attested: the key's name (TPMS_CERTIFY_INFO, TPM 2.0 Part 2 §10.12.3).
        #expect(try #require(attestation.parts["certifyInfo"]).holds([0, 34, 0x00, 0x0B] + SHA256.hash(area)))
        // The attestation key: restricted, fixed to this TPM, made in it.
        #expect(said.contains("0x50472"))
        #expect(TPMStructures.publicArea(area)?.p256Key == made.stored.publicKey)
    }
}
