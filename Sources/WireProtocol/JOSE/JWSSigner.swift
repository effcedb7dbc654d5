// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography
internal import FoundationEssentials

/// Something that signs: a key in memory, in a file, or in a piece of hardware that takes its time.
public protocol JWSSigner: Sendable {
    /// The algorithm of its signatures.
    var algorithm: JWSAlgorithm { get }
    /// The key's name, for the header.
    var keyID: String { get }
    /// Signs the signing input of RFC 7515 §5.1 in the form of the algorithm.
    func sign(_ signingInput: [UInt8]) async throws -> [UInt8]
}

extension JWSSigner {
    /// Makes a compact JWS of claims.
    public func compactJWS(_ claims: some Encodable, type: String) async throws -> String {
        let input = try signingInput(of: claims, type: type)
        return input + "." + Base64URL.encode(try await sign(Array(input.utf8)))
    }

    /// What the signature of a compact JWS is over (RFC 7515 §5.1): header and claims. With a dot and the signature in base64url it is
    /// the JWS.
    public func signingInput(of claims: some Encodable, type: String) throws -> String {
        let header = JWSHeader(algorithm: algorithm, type: type, keyID: keyID)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Base64URL.encode(try encoder.encode(header)) + "." + Base64URL.encode(try encoder.encode(claims))
    }
}

/// Signs with a key in this process's memory.
public struct InMemorySigner: JWSSigner {
    /// The key's name.
    public let keyID: String
    private let key: PrivateKey

    /// A signer of this name.
    public init(keyID: String, key: PrivateKey) {
        self.keyID = keyID
        self.key = key
    }

    public var algorithm: JWSAlgorithm { .plain(key.algorithm) }

    /// The public half, named.
    public var jwk: JWK { JWK(keyID: keyID, publicKey: key.publicKey, use: "sig") }

    public func sign(_ signingInput: [UInt8]) async throws -> [UInt8] { try key.sign(signingInput) }
}
