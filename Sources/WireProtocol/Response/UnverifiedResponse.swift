// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A response as it came to the verifier: readable, and worth nothing yet.
public struct UnverifiedResponse: Sendable {
    /// What it claims.
    public let claims: ResponseClaims
    /// The name of the key that it claims to be signed by.
    public let keyID: String?
    private let jws: UnverifiedJWS

    /// Reads a response.
    ///
    /// - Throws: ``JWSError``.
    public init(_ compact: String) throws(JWSError) {
        jws = try UnverifiedJWS(compact)
        guard jws.header.type == TokenType.deviceBind else { throw .unexpectedType }
        claims = try jws.claims(ResponseClaims.self)
        keyID = jws.header.keyID
    }

    /// Checks the signature under an enrolled key. Nothing else makes a ``VerifiedResponse``.
    public func verify(with key: PublicKey) throws(JWSError) -> VerifiedResponse {
        try jws.verify(type: TokenType.deviceBind, with: key)
        return VerifiedResponse(claims: claims)
    }
}

/// A response whose signature was checked under an enrolled key.
public struct VerifiedResponse: Sendable {
    /// What it says.
    public let claims: ResponseClaims

    fileprivate init(claims: ResponseClaims) { self.claims = claims }
}

/// The body that carries a response to the verifier.
public struct ResponseEnvelope: Hashable, Sendable, Codable {
    /// `signed_nonce`.
    public var method: String
    /// The compact JWS.
    public var challengeResponse: String

    /// An envelope.
    public init(challengeResponse: String) {
        method = "signed_nonce"
        self.challengeResponse = challengeResponse
    }
}
