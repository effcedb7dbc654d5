// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import KeyAttestations
import TOMLConfiguration
import Testing
import WebAuthn

@testable import VerifierServer

@Suite struct AttestationConfigurationTests {
    private static func read(_ section: String) throws -> VerifierConfiguration.Attestation {
        try VerifierConfiguration(
            toml: VerifierConfigurationTests.minimum + "[attestation]\n" + section, directory: "/etc/countersign"
        ).attestation
    }

    private static let now = Int64(Date().timeIntervalSince1970)

    private static func settings(_ section: String) throws -> AttestationSettings {
        try AttestationSettings(try read(section), at: now)
    }

    @Test func nothingIsBelievedByDefault() throws {
        let settings = try Self.settings("")
        #expect(settings.anchors.securityKeys.isEmpty && settings.anchors.cards.isEmpty)
        #expect(settings.anchors.yubiKeyPIV.isEmpty && settings.anchors.tpmMakers.isEmpty)
        #expect(settings.anchors.fidoMetadata == nil)
        #expect(!settings.requiresAttestation && settings.counterPolicy == .audit && settings.cardOCSP == .off)
        #expect(settings.policy.cardRevocation == .whereKnown && settings.policy.cardCertificatePolicies.isEmpty)
        #expect(settings.policy.allowedAAGUIDs.isEmpty && settings.policy.minimumYubiKeyFirmware == nil)
    }

    @Test func everythingIsRead() throws {
        let attestation = try Self.read(
            """
            required = true
            security_keys = ["keys.pem", "/srv/more.pem"]
            fido_metadata = "blob.jwt"
            fido_metadata_roots = ["r3.pem"]
            allowed_models = ["2fc0579f-8113-47ea-b116-bb5a8db9202a"]
            counter_regress = "refuse"
            yubikey_piv = ["yubico.pem"]
            minimum_yubikey_firmware = "5.4.3"
            cards = ["cards.pem"]
            card_revocation_lists = ["cards.crl"]
            card_revocation = "chain"
            card_ocsp = "fetch"
            card_policies = ["2.16.840.1.101.3.2.1.3.13"]
            tpm_makers = ["tpm.pem"]
            """)
        #expect(attestation.isRequired)
        #expect(attestation.securityKeys == ["/etc/countersign/keys.pem", "/srv/more.pem"])
        #expect(attestation.metadata?.blob == "/etc/countersign/blob.jwt")
        #expect(attestation.metadata?.roots == ["/etc/countersign/r3.pem"])
        #expect(attestation.models == ["2fc0579f-8113-47ea-b116-bb5a8db9202a"])
        #expect(attestation.counterPolicy == .refuse)
        #expect(attestation.yubiKeyPIV == ["/etc/countersign/yubico.pem"])
        #expect(attestation.minimumYubiKeyFirmware == "5.4.3")
        #expect(attestation.cards == ["/etc/countersign/cards.pem"])
        #expect(attestation.cardRevocationLists == ["/etc/countersign/cards.crl"])
        #expect(attestation.cardRevocation == .wholeChain)
        #expect(attestation.cardOCSP == .fetch)
        #expect(attestation.cardPolicies == ["2.16.840.1.101.3.2.1.3.13"])
        #expect(attestation.tpmMakers == ["/etc/countersign/tpm.pem"])
    }

    @Test func whatIsReadIsWhatIsAskedOfKeys() throws {
        let authority = try TestAuthority()
        let root = "\"\(authority.rootFile)\""
        let copy = authority.folder.file("copy.pem")
        try FileManager.default.copyItem(atPath: authority.rootFile, toPath: copy)
        let list = try authority.revocationList()
        let settings = try Self.settings(
            """
            required = true
            security_keys = [\(root)]
            allowed_models = ["2fc0579f-8113-47ea-b116-bb5a8db9202a"]
            counter_regress = "refuse"
            yubikey_piv = [\(root)]
            minimum_yubikey_firmware = "5.4.3"
            cards = [\(root), "\(copy)"]
            card_revocation_lists = ["\(list)"]
            card_revocation = "leaf"
            card_ocsp = "fetch"
            card_policies = ["2.16.840.1.101.3.2.1.3.13", "1.2.3"]
            tpm_makers = [\(root)]
            """)
        #expect(settings.requiresAttestation && settings.counterPolicy == .refuse && settings.cardOCSP == .fetch)
        for anchors in [settings.anchors.securityKeys, settings.anchors.yubiKeyPIV, settings.anchors.tpmMakers] {
            #expect(anchors == (try authority.anchors()))
        }
        #expect(settings.anchors.cards.anchors.count == 2)
        #expect(settings.policy.allowedAAGUIDs.map(\.description) == ["2fc0579f-8113-47ea-b116-bb5a8db9202a"])
        #expect(settings.policy.minimumYubiKeyFirmware == FirmwareVersion(5, 4, 3))
        #expect(settings.policy.cardRevocation == .leaf && settings.policy.cardRevocationEvidence.lists.count == 1)
        #expect(settings.policy.cardCertificatePolicies == ["2.16.840.1.101.3.2.1.3.13", "1.2.3"])
    }

    @Test(arguments: [
        ("required", "required = \"yes\""), ("counter_regress", "counter_regress = \"warn\""),
        ("card_revocation", "card_revocation = \"maybe\""), ("card_ocsp", "card_ocsp = true"),
        ("card_ocsp", "card_ocsp = \"fetch\"\ncard_revocation = \"off\""),
        ("fido_metadata_roots", "fido_metadata = \"blob\""), ("fido_metadata", "fido_metadata_roots = [\"r3.pem\"]"),
        ("card_policies", "card_policies = \"1.2.3\""), ("security_key", "security_key = [\"a\"]"),
    ])
    func anErrorNamesTheKey(key: String, section: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(section) }
        #expect(error?.key == "attestation.\(key)", "\(String(describing: error))")
    }

    @Test(arguments: [
        "", "1", "1.", ".1", "1..2", "3.1", "1.40", "1.02", "1.-2", "1.2 ", "a.b", "1.2.18446744073709551616", "１.2",
    ])
    func whatIsNoObjectIdentifierIsNoPolicy(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.settings("card_policies = [\"\(text)\"]") }
        #expect(error?.key == "attestation.card_policies")
    }

    @Test(arguments: ["0.9", "1.39.0", "2.999", "2.16.840.1.101.3.2.1.3.13"])
    func anObjectIdentifierIsAPolicy(text: String) throws {
        #expect(try Self.settings("card_policies = [\"\(text)\"]").policy.cardCertificatePolicies == [text])
    }

    @Test(arguments: [("allowed_models", "[\"2fc0579f\"]"), ("minimum_yubikey_firmware", "\"5.4\"")])
    func modelsAndVersionsAreChecked(key: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.settings("\(key) = \(value)") }
        #expect(error?.key == "attestation.\(key)")
    }

    @Test(arguments: ["security_keys", "yubikey_piv", "cards", "tpm_makers", "card_revocation_lists"])
    func aFileThatIsNotWhatItIsTakenForIsAnError(key: String) throws {
        let folder = try TemporaryFolder()
        try Data("nothing".utf8).write(to: URL(filePath: folder.file("file")))
        for path in [folder.file("file"), folder.file("missing")] {
            let error = #expect(throws: ConfigurationError.self) { try Self.settings("\(key) = [\"\(path)\"]") }
            #expect(error?.key == "attestation.\(key)")
        }
    }

    /// Nothing could lead to an intermediate alone, and nobody would be told.
    @Test func filesWithoutARootAreAnError() throws {
        let authority = try TestAuthority()
        _ = try authority.certify("middle", extensions: ["basicConstraints = critical, CA:TRUE"])
        let middle = authority.folder.file("middle.pem")
        let error = #expect(throws: ConfigurationError.self) { try Self.settings("cards = [\"\(middle)\"]") }
        #expect(error?.key == "attestation.cards" && error?.problem.contains("has no root") == true)
        let both = try Self.settings("cards = [\"\(middle)\", \"\(authority.rootFile)\"]").anchors.cards
        #expect(both.anchors.count == 1 && both.intermediates.count == 1)
    }

    @Test func aFileOfCertificatesHasAtMost4MiB() throws {
        let authority = try TestAuthority()
        let pem = try Data(contentsOf: URL(filePath: authority.rootFile))
        let path = authority.folder.file("long.pem")
        let padding = Data(repeating: UInt8(ascii: "\n"), count: 4 * 1024 * 1024 - pem.count)
        try (padding + pem).write(to: URL(filePath: path))
        let copy = authority.folder.file("copy.pem")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        // Each file by itself.
        #expect(try Self.settings("cards = [\"\(path)\", \"\(copy)\"]").anchors.cards.anchors.count == 2)
        try (padding + pem + Data("\n".utf8)).write(to: URL(filePath: path))
        #expect(throws: ConfigurationError.self) { try Self.settings("cards = [\"\(path)\"]") }
    }
}
