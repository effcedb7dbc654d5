// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography
internal import KeyAttestations
internal import WebAuthn

extension VerifierConfiguration {
    /// Whom the organisation believes about hardware, by the files that say so.
    package struct Attestation: Hashable, Sendable {
        /// Whether an enrolment without a key in attested hardware is refused.
        package var isRequired = false
        /// What a signature counter that did not grow is taken for.
        package var counterPolicy = AttestationSettings.CounterPolicy.audit
        /// Certificates of makers of security keys, in PEM.
        package var securityKeys: [String] = []
        /// The FIDO Alliance's metadata, and the certificates that its signer's chain ends in.
        package var metadata: Metadata?
        /// The models of security keys that may be enrolled; empty for all.
        package var models: [String] = []
        /// Yubico's certificates for PIV, in PEM.
        package var yubiKeyPIV: [String] = []
        /// The oldest firmware of YubiKeys for PIV.
        package var minimumYubiKeyFirmware: String?
        /// The authorities of the organisation's cards, in PEM.
        package var cards: [String] = []
        /// Lists of revoked cards, in PEM or DER.
        package var cardRevocationLists: [String] = []
        /// How much must be known about the revocation of cards.
        package var cardRevocation = RevocationPolicy.whereKnown
        /// Certificates of makers of TPMs, in PEM.
        package var tpmMakers: [String] = []

        /// The files of FIDO metadata.
        package struct Metadata: Hashable, Sendable {
            /// The BLOB file.
            package var blob: String
            /// The certificates that its signer's chain may end in, in PEM.
            package var roots: [String]
        }
    }

    /// Reads `[attestation]`.
    static func attestation(
        _ root: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> Attestation {
        let section = try root.section("attestation")
        func paths(_ key: String) throws(ConfigurationError) -> [String] {
            (try section.strings(key) ?? []).map(files.resolve)
        }
        var attestation = Attestation()
        attestation.isRequired = try section.bool("required") ?? false
        attestation.counterPolicy =
            try section.choice("counter_regress", AttestationSettings.CounterPolicy.self) ?? .audit
        attestation.securityKeys = try paths("security_keys")
        let roots = try paths("fido_metadata_roots")
        if let blob = try section.string("fido_metadata").map(files.resolve) {
            guard !roots.isEmpty else {
                throw ConfigurationError(
                    section.name("fido_metadata_roots"), "is missing: it names what the metadata's signature ends in")
            }
            attestation.metadata = Attestation.Metadata(blob: blob, roots: roots)
        }
        attestation.models = try section.strings("allowed_models") ?? []
        attestation.yubiKeyPIV = try paths("yubikey_piv")
        attestation.minimumYubiKeyFirmware = try section.string("minimum_yubikey_firmware")
        attestation.cards = try paths("cards")
        attestation.cardRevocationLists = try paths("card_revocation_lists")
        attestation.cardRevocation = try section.choice("card_revocation", RevocationPolicy.self) ?? .whereKnown
        attestation.tpmMakers = try paths("tpm_makers")
        try section.finish()
        return attestation
    }
}

extension AttestationSettings {
    /// Reads the files of a configuration; all of them must be what they are taken for.
    ///
    /// - Parameter time: seconds since 1970: FIDO metadata are checked now.
    package init(
        _ configuration: VerifierConfiguration.Attestation, at time: Int64
    ) throws(ConfigurationError) {
        var anchors = TrustAnchors()
        anchors.securityKeys = try Self.certificates(configuration.securityKeys, "security_keys")
        anchors.yubiKeyPIV = try Self.certificates(configuration.yubiKeyPIV, "yubikey_piv")
        anchors.cards = try Self.certificates(configuration.cards, "cards")
        anchors.tpmMakers = try Self.certificates(configuration.tpmMakers, "tpm_makers")
        if let metadata = configuration.metadata {
            let roots = try Self.certificates(metadata.roots, "fido_metadata_roots")
            let blob = try ConfigurationFile.bytes(
                at: metadata.blob, key: "attestation.fido_metadata", upTo: FIDOMetadata.maximumLength)
            do { anchors.fidoMetadata = try FIDOMetadata(blob: blob, roots: roots, at: time) } catch {
                throw ConfigurationError("attestation.fido_metadata", "cannot be believed: \(error)")
            }
        }
        var policy = AttestationPolicy()
        policy.allowedAAGUIDs = Set(try Self.models(configuration.models))
        policy.minimumYubiKeyFirmware = try Self.firmware(configuration.minimumYubiKeyFirmware)
        policy.cardRevocation = configuration.cardRevocation
        policy.cardRevocationEvidence.lists = try Self.revocationLists(configuration.cardRevocationLists)
        self.init(
            anchors: anchors, policy: policy, requiresAttestation: configuration.isRequired,
            counterPolicy: configuration.counterPolicy)
    }

    private static func certificates(
        _ paths: [String], _ key: String
    ) throws(ConfigurationError) -> TrustedCertificates {
        let key = "attestation.\(key)"
        var pem: [UInt8] = []
        for path in paths {
            pem += Array(try ConfigurationFile.text(at: path, key: key).utf8) + [UInt8(ascii: "\n")]
        }
        guard !pem.isEmpty else { return .none }
        do { return try TrustedCertificates(pem: pem) } catch {
            throw ConfigurationError(key, "has a file that is not made of certificates in PEM")
        }
    }

    private static func revocationLists(
        _ paths: [String]
    ) throws(ConfigurationError) -> [CertificateRevocationList] {
        let key = "attestation.card_revocation_lists"
        var lists: [CertificateRevocationList] = []
        for path in paths {
            let bytes = try ConfigurationFile.bytes(
                at: path, key: key, upTo: CertificateRevocationList.maximumLength)
            do { lists.append(try CertificateRevocationList(bytes)) } catch {
                throw ConfigurationError(key, "has a file that is not a revocation list: \(path)")
            }
        }
        return lists
    }

    private static func models(_ texts: [String]) throws(ConfigurationError) -> [AAGUID] {
        var models: [AAGUID] = []
        for text in texts {
            guard let model = AAGUID(text) else {
                throw ConfigurationError(
                    "attestation.allowed_models",
                    "has \"\(text.prefix(64))\", which is not an AAGUID such as 2fc0579f-8113-47ea-b116-bb5a8db9202a")
            }
            models.append(model)
        }
        return models
    }

    private static func firmware(_ text: String?) throws(ConfigurationError) -> FirmwareVersion? {
        guard let text else { return nil }
        guard let version = FirmwareVersion(text) else {
            throw ConfigurationError(
                "attestation.minimum_yubikey_firmware", "is \"\(text.prefix(64))\", but must be such as 5.4.3")
        }
        return version
    }
}
