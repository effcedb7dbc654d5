// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import WebAuthn

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
        return VerifiedResponse(claims: claims, assertion: nil)
    }

    /// Checks the assertion of an enrolled key that lives in a security key.
    ///
    /// - Parameter issuer: the verifier's issuer URL.
    public func verifyAssertion(by key: PublicKey, issuer: String) throws(JWSError) -> VerifiedResponse {
        let facts = try jws.verifyAssertion(type: TokenType.deviceBind, by: key, issuer: issuer)
        return VerifiedResponse(claims: claims, assertion: facts)
    }
}

/// A response whose signature was checked under an enrolled key.
public struct VerifiedResponse: Sendable {
    /// What it says.
    public let claims: ResponseClaims

    /// What the security key says beside its signature; `nil` where another kind of key signed.
    public let assertion: AssertionFacts?

    fileprivate init(claims: ResponseClaims, assertion: AssertionFacts?) {
        self.claims = claims
        self.assertion = assertion
    }
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
