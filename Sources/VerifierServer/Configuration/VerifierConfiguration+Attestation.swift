// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography
internal import TOMLConfiguration

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
        /// Whether responders are asked about cards.
        package var cardOCSP = AttestationSettings.CardOCSP.off
        /// The certificate policies one of which a card must be certified under, in dotted form; empty asks for none.
        package var cardPolicies: [String] = []
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
        } else if !roots.isEmpty {
            throw ConfigurationError(section.name("fido_metadata"), "is missing: fido_metadata_roots serve it alone")
        }
        attestation.models = try section.strings("allowed_models") ?? []
        attestation.yubiKeyPIV = try paths("yubikey_piv")
        attestation.minimumYubiKeyFirmware = try section.string("minimum_yubikey_firmware")
        attestation.cards = try paths("cards")
        attestation.cardRevocationLists = try paths("card_revocation_lists")
        attestation.cardRevocation = try section.choice("card_revocation", RevocationPolicy.self) ?? .whereKnown
        attestation.cardOCSP = try section.choice("card_ocsp", AttestationSettings.CardOCSP.self) ?? .off
        guard attestation.cardOCSP == .off || attestation.cardRevocation != .notChecked else {
            throw ConfigurationError(
                section.name("card_ocsp"), "is \"fetch\", although card_revocation = \"off\" looks at no answer")
        }
        attestation.cardPolicies = try section.strings("card_policies") ?? []
        attestation.tpmMakers = try paths("tpm_makers")
        try section.finish()
        return attestation
    }
}
