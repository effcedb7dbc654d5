// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import FoundationEssentials

/// What a key's hardware says of it, as it travels in an enrolment (docs/protocol.md §7). The verifier judges it; here it only has
/// bounds.
public struct AttestationStatement: Hashable, Sendable {
    /// How many parts there may be.
    public static let maximumParts = 16
    /// How many certificates there may be.
    public static let maximumCertificates = 8
    /// How many bytes parts and certificates may have together.
    public static let maximumLength = 64 * 1024
    /// How long the names of form and parts may be, in UTF-8.
    public static let maximumNameLength = 64

    /// The name of the form. A verifier refuses one that it does not know.
    public let format: String
    /// Byte strings by name.
    public let parts: [String: [UInt8]]
    /// Certificates in DER, the one that speaks of the key first.
    public let certificates: [[UInt8]]

    /// A statement.
    ///
    /// - Throws: ``AttestationStatementError/tooLarge`` where it is beyond its bounds.
    public init(
        format: String, parts: [String: [UInt8]], certificates: [[UInt8]] = []
    ) throws(AttestationStatementError) {
        let names = parts.keys + [format]
        let length = (Array(parts.values) + certificates).reduce(0) { $0 + $1.count }
        guard parts.count <= Self.maximumParts, certificates.count <= Self.maximumCertificates,
            length <= Self.maximumLength, names.allSatisfy({ $0.utf8.count <= Self.maximumNameLength })
        else { throw .tooLarge }
        self.format = format
        self.parts = parts
        self.certificates = certificates
    }
}

/// Why a statement does not travel.
public enum AttestationStatementError: Error, Hashable, Sendable {
    /// It has more parts, certificates or bytes than it may.
    case tooLarge
    /// A certificate is not base64.
    case notBase64
}

extension AttestationStatement: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, parts
        case certificates = "x5c"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let texts = try container.decode([String: String].self, forKey: .parts)
        guard texts.count <= Self.maximumParts else { throw AttestationStatementError.tooLarge }
        let parts = try texts.mapValues { try Base64URL.decode($0) }
        let certificates = try container.decodeIfPresent(DERCertificates.self, forKey: .certificates)
        try self.init(
            format: try container.decode(String.self, forKey: .format), parts: parts,
            certificates: certificates?.der ?? [])
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(format, forKey: .format)
        try container.encode(parts.mapValues { Base64URL.encode($0) }, forKey: .parts)
        if !certificates.isEmpty { try container.encode(DERCertificates(der: certificates), forKey: .certificates) }
    }
}

/// Certificates as RFC 7515 §4.1.6 writes them: base64, not base64url, of DER.
struct DERCertificates: Hashable, Codable {
    let der: [[UInt8]]

    init(der: [[UInt8]]) { self.der = der }

    init(from decoder: any Decoder) throws {
        let texts = try decoder.singleValueContainer().decode([String].self)
        guard texts.count <= AttestationStatement.maximumCertificates else { throw AttestationStatementError.tooLarge }
        der = try texts.map { text in
            guard let data = Data(base64Encoded: text) else { throw AttestationStatementError.notBase64 }
            return Array(data)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(der.map { Data($0).base64EncodedString() })
    }
}
