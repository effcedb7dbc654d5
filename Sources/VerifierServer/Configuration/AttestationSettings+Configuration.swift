// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import KeyAttestations
package import TOMLConfiguration
internal import WebAuthn

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
        policy.cardCertificatePolicies = Set(try Self.policies(configuration.cardPolicies))
        self.init(
            anchors: anchors, policy: policy, requiresAttestation: configuration.isRequired,
            counterPolicy: configuration.counterPolicy, cardOCSP: configuration.cardOCSP)
    }

    private static func certificates(
        _ paths: [String], _ key: String
    ) throws(ConfigurationError) -> TrustedCertificates {
        let key = "attestation.\(key)"
        var (anchors, intermediates): ([AuthorityCertificate], [AuthorityCertificate]) = ([], [])
        for path in paths {
            let pem = try ConfigurationFile.bytes(at: path, key: key, upTo: TrustedCertificates.maximumFileLength)
            do {
                let found = try TrustedCertificates(pem: pem)
                anchors += found.anchors
                intermediates += found.intermediates
            } catch {
                throw ConfigurationError(key, "has a file that is not made of certificates in PEM: \(path)")
            }
        }
        guard paths.isEmpty || !anchors.isEmpty else {
            throw ConfigurationError(
                key, "has no root, so that nothing would be trusted",
                hint: "add the certificate, issued by itself, in which the chains of those in the files end")
        }
        return TrustedCertificates(anchors: anchors, intermediates: intermediates)
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

    /// Object identifiers in dotted form, as they are compared with those in certificates (X.660 §6: numbers without leading zeroes).
    private static func policies(_ texts: [String]) throws(ConfigurationError) -> [String] {
        for text in texts {
            let arcs = text.split(separator: ".", omittingEmptySubsequences: false)
            let numbers = arcs.compactMap { arc in UInt64(arc).flatMap { String($0) == arc ? $0 : nil } }
            guard arcs.count >= 2, numbers.count == arcs.count, numbers[0] <= 2, numbers[0] == 2 || numbers[1] < 40
            else {
                throw ConfigurationError(
                    "attestation.card_policies",
                    "has \"\(text.prefix(64))\", which is not an object identifier such as 2.16.840.1.101.3.2.1.3.13")
            }
        }
        return texts
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
