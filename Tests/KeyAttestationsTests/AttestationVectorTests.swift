// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import KeyAttestations
import Testing
import WebAuthn

@Suite struct AttestationVectorTests {
    private static let files: [String: AttestationVectors] = {
        let names = ["fido2", "yubikey-piv", "piv-certificate", "tpm", "metadata"]
        return Dictionary(
            uniqueKeysWithValues: names.compactMap { name in
                (try? AttestationVectors.named(name)).map { (name, $0) }
            })
    }()

    private static func vectors(_ name: String) -> [AttestationVector] { files[name]?.vectors ?? [] }

    private func check(_ vector: AttestationVector, of name: String) throws -> AttestedKey? {
        let file = try #require(Self.files[name])
        let (text, key) = try vector.verdict(file)
        #expect(text == vector.expect)
        if let key {
            #expect(key.publicKey == (try PublicKey(subjectPublicKeyInfo: Array(vector.publicKey))))
            #expect(key.trustPath.isEmpty == (key.attestationType == .selfSigned || key.attestationType == .none))
        }
        return key
    }

    @Test func everyFileIsThere() {
        #expect(Self.files.count == 5)
        for (name, file) in Self.files { #expect(file.vectors.count >= 40, "\(name)") }
    }

    @Test(arguments: vectors("fido2"))
    func securityKeys(vector: AttestationVector) throws {
        guard let key = try check(vector, of: "fido2") else { return }
        #expect(key.credentialID == Array("credential-0123456789".utf8))
        #expect(key.signCount == (vector.name.hasPrefix("fido-u2f") ? 0 : 1))
        if let verification = vector.verification { #expect(key.verification.rawValue == verification) }
        guard case .securityKey(let aaguid, _) = key.model else {
            Issue.record("not a security key: \(key.model)")
            return
        }
        #expect((aaguid == .zero) == vector.name.hasPrefix("fido-u2f"))
    }

    @Test(arguments: vectors("metadata"))
    func securityKeysByFIDOMetadata(vector: AttestationVector) throws {
        guard let key = try check(vector, of: "metadata"), let expected = vector.description else { return }
        guard case .securityKey(_, let description) = key.model else {
            Issue.record("not a security key: \(key.model)")
            return
        }
        #expect(description == expected)
    }

    @Test(arguments: vectors("yubikey-piv"))
    func yubiKeys(vector: AttestationVector) throws {
        guard let key = try check(vector, of: "yubikey-piv") else { return }
        guard case .yubiKey(let model) = key.model else {
            Issue.record("not a YubiKey: \(key.model)")
            return
        }
        if let serial = vector.serial { #expect(model.serial == serial) }
        if let firmware = vector.firmware { #expect(model.firmware.description == firmware) }
        if let shape = vector.shape { #expect(model.formFactor.rawValue == shape) }
        #expect(model.isFIPS == (vector.fips ?? false))
        if let pin = vector.pin { #expect(key.pinPolicy.rawValue == pin) }
        if let touch = vector.touch { #expect(key.touchPolicy.rawValue == touch) }
        #expect(key.verification == (key.pinPolicy == .never ? .notRequired : .required))
    }

    @Test(arguments: vectors("piv-certificate"))
    func cards(vector: AttestationVector) throws {
        guard let key = try check(vector, of: "piv-certificate") else { return }
        #expect(key.model == .card(subject: "CN=Alice Example"))
        #expect(key.pinPolicy == .unknown && key.verification == .unknown)
        if let known = vector.known { #expect(key.isKnownNotToBeRevoked == known) }
        if vector.revocation == "off" { #expect(key.isKnownNotToBeRevoked == nil) }
    }

    @Test(arguments: vectors("tpm"))
    func tpms(vector: AttestationVector) throws {
        guard let key = try check(vector, of: "tpm") else { return }
        guard case .tpm(let model) = key.model else {
            Issue.record("not a TPM: \(key.model)")
            return
        }
        if let manufacturer = vector.manufacturer { #expect(model.manufacturer == manufacturer) }
        if let name = vector.model { #expect(model.model == name) }
        if let version = vector.version { #expect(model.version == version) }
        #expect(key.verification == .unknown)
    }

    @Test(arguments: ["fido2", "yubikey-piv", "piv-certificate", "tpm", "metadata"])
    func onlyWhatFailsToProveLeavesAKeyUnproven(name: String) throws {
        let file = try #require(Self.files[name])
        for vector in file.vectors where !vector.expect.hasPrefix("blob ") {
            do {
                _ = try AttestationVerifier(anchors: try vector.trusted(file), policy: try vector.policy())
                    .verify(try vector.evidence(), expecting: try vector.expectation(file))
            } catch let refusal as AttestationRefusal {
                #expect(word(for: refusal) == vector.expect, "\(vector.name)")
                let harmless = ["chain untrusted", "noTrustAnchors", "tpm noEndorsementCertificate"]
                #expect(refusal.isOnlyUnproven == harmless.contains(vector.expect), "\(vector.name)")
            }
        }
    }

    /// Whatever byte of a statement is changed, it is refused or proves no more than before.
    @Test(arguments: [
        ("fido2", "packed full"), ("fido2", "fido-u2f"), ("fido2", "packed self"), ("yubikey-piv", "a slot's key"),
        ("piv-certificate", "a card of the organisation"), ("tpm", "P-256 with P-256 keys of the maker"),
    ])
    func noChangedByteOfAPartPasses(name: String, title: String) throws {
        let file = try #require(Self.files[name])
        let vector = try file.vector(title)
        let verifier = AttestationVerifier(anchors: try vector.trusted(file), policy: try vector.policy())
        let expectation = try vector.expectation(file)
        let evidence = try vector.evidence()
        for (part, bytes) in evidence.parts {
            for index in stride(from: 0, to: bytes.count, by: bytes.count > 256 ? 7 : 1) {
                var parts = evidence.parts
                parts[part]?[index] ^= 0x01
                let changed = try AttestationEvidence(
                    format: evidence.format, parts: parts, certificates: evidence.certificates)
                #expect(throws: AttestationRefusal.self, "\(part) at \(index)") {
                    try verifier.verify(changed, expecting: expectation)
                }
            }
        }
    }
}
