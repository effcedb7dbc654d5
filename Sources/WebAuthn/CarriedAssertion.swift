// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import FoundationEssentials

/// An assertion as it stands in the place of a JWS's signature: the members that WebAuthn §5.2.2 names, as a JSON object.
public struct CarriedAssertion: Hashable, Sendable {
    /// The authenticator data (WebAuthn §6.1).
    public var authenticatorData: [UInt8]
    /// The client data, as it was hashed.
    public var clientDataJSON: [UInt8]
    /// The signature over both (WebAuthn §6.3.3): ECDSA in DER.
    public var signature: [UInt8]

    /// The longest JSON object that is read, in bytes.
    public static let maximumLength = 8 * 1024

    /// An assertion.
    public init(authenticatorData: [UInt8], clientDataJSON: [UInt8], signature: [UInt8]) {
        self.authenticatorData = authenticatorData
        self.clientDataJSON = clientDataJSON
        self.signature = signature
    }

    /// The JSON object.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Array(
            try encoder.encode(
                Members(
                    authenticatorData: Base64URL.encode(authenticatorData),
                    clientDataJSON: Base64URL.encode(clientDataJSON), signature: Base64URL.encode(signature))))
    }

    /// Reads the JSON object.
    ///
    /// - Throws: `DecodingError` or `CryptographyError.notBase64URL` where it is none, or is too long.
    public init(reading bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumLength else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "longer than an assertion is"))
        }
        let members = try JSONDecoder().decode(Members.self, from: Data(bytes))
        self.init(
            authenticatorData: try Base64URL.decode(members.authenticatorData),
            clientDataJSON: try Base64URL.decode(members.clientDataJSON),
            signature: try Base64URL.decode(members.signature))
    }

    private struct Members: Codable {
        let authenticatorData: String
        let clientDataJSON: String
        let signature: String
    }
}
