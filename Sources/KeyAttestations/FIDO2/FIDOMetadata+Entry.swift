// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import FoundationEssentials

extension FIDOMetadata {
    /// What is said about one model.
    public struct Entry: Sendable {
        /// The model's name, at most 200 characters.
        public let description: String?
        /// Whether its keys stay in hardware: the statement names a kind of hardware and not `software`.
        public let keepsKeysInHardware: Bool
        private let roots: [String]
        private let reports: [Report]

        /// Where chains of this model's attestation certificates end; metadata may name the certificates themselves.
        var anchors: TrustedCertificates {
            let certificates = roots.prefix(Self.maximumRoots).compactMap { text in
                Data(base64Encoded: text, options: .ignoreUnknownCharacters).flatMap {
                    try? AuthorityCertificate(der: Array($0))
                }
            }
            return TrustedCertificates(anchors: certificates, allowsPartialChain: true)
        }

        /// The status of a report that speaks against the model, where there is one that counts at this time.
        ///
        /// - Parameter path: the certificates of the attestation, in DER. A report about one batch's certificate counts where the
        ///   path has it.
        func reportAgainst(path: [[UInt8]], at time: Int64) -> String? {
            reports.first { report in
                guard Self.undesired.contains(report.status) else { return false }
                if let day = report.effectiveDate.flatMap(CalendarDay.init(_:)), day.start > time { return false }
                guard report.status == "ATTESTATION_KEY_COMPROMISE",
                    let text = report.certificate ?? report.batchCertificate,
                    let der = Data(base64Encoded: text, options: .ignoreUnknownCharacters)
                else { return true }
                return path.contains(Array(der))
            }?.status
        }

        private static let maximumRoots = 64

        /// The statuses after which a model's word is worth nothing (FIDO Metadata Service 3.0 §3.1.4).
        private static let undesired: Set<String> = [
            "REVOKED", "USER_VERIFICATION_BYPASS", "ATTESTATION_KEY_COMPROMISE", "USER_KEY_REMOTE_COMPROMISE",
            "USER_KEY_PHYSICAL_COMPROMISE",
        ]

        init(_ members: Members) {
            let statement = members.metadataStatement
            description = statement?.description.map { String($0.prefix(200)) }
            let protection = Set(statement?.keyProtection ?? [])
            keepsKeysInHardware =
                !protection.isDisjoint(with: ["hardware", "secure_element", "tee"]) && !protection.contains("software")
            roots = statement?.attestationRootCertificates ?? []
            reports = members.statusReports ?? []
        }
    }
}

extension FIDOMetadata.Entry {
    /// The members of an entry that are read (FIDO Metadata Service 3.0 §3.1.1).
    struct Members: Decodable {
        let aaguid: String?
        let attestationCertificateKeyIdentifiers: [String]?
        let metadataStatement: Statement?
        let statusReports: [Report]?
    }

    /// The members of a statement that are read (FIDO Metadata Statement 3.0 §4).
    struct Statement: Decodable {
        let description: String?
        let keyProtection: [String]?
        let attestationRootCertificates: [String]?
    }

    /// A report about a model.
    struct Report: Decodable {
        let status: String
        let effectiveDate: String?
        let certificate: String?
        let batchCertificate: String?
    }
}
