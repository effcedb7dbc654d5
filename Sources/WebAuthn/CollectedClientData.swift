// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import FoundationEssentials

/// What a security key signs the hash of, in the form of WebAuthn §5.8.1 with types of our own: no relying party takes it for a
/// web sign-in, and any FIDO2 library can check the signature.
public struct CollectedClientData: Hashable, Sendable {
    /// What the signature is for.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// A key is made for an enrolment.
        case enroll = "countersign.enroll"
        /// A JWS is signed.
        case sign = "countersign.sign"
    }

    /// What the signature is for.
    public var kind: Kind
    /// For an enrolment the verifier's bytes; for a JWS the SHA-256 of its signing input.
    public var challenge: [UInt8]
    /// The verifier's issuer URL.
    public var origin: String

    /// Client data.
    public init(_ kind: Kind, challenge: [UInt8], origin: String) {
        self.kind = kind
        self.challenge = challenge
        self.origin = origin
    }

    /// The longest JSON object that is read, in bytes.
    public static let maximumLength = 4 * 1024

    /// The JSON object, as it is hashed and carried.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(
            try encoder.encode(
                Members(type: kind, challenge: Base64URL.encode(challenge), origin: origin, crossOrigin: false)))
    }

    /// Reads the JSON object.
    ///
    /// - Throws: `DecodingError`, or `CryptographyError.notBase64URL`, where it is not one of ours, is too long, or comes from a
    ///   frame of another origin, which the agent never is.
    public init(reading bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumLength else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "longer than client data are"))
        }
        let members = try JSONDecoder().decode(Members.self, from: Data(bytes))
        guard members.crossOrigin != true else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "of another origin's frame"))
        }
        self.init(members.type, challenge: try Base64URL.decode(members.challenge), origin: members.origin)
    }

    private struct Members: Codable {
        let type: Kind
        let challenge: String
        let origin: String
        let crossOrigin: Bool?
    }
}
