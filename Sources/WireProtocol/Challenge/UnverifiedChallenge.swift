// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A challenge as it came from a page: readable, and worth nothing yet.
public struct UnverifiedChallenge: Sendable {
    /// What it claims.
    public let claims: ChallengeClaims
    /// The name of the key that it claims to be signed by.
    public let keyID: String?
    /// The name of this very challenge: base64url SHA-256 of the text as received.
    public let hash: String
    private let jws: UnverifiedJWS

    /// Reads a challenge.
    ///
    /// - Throws: ``JWSError`` where it is not a JWS of ours or a claim is missing.
    public init(_ compact: String) throws(JWSError) {
        jws = try UnverifiedJWS(compact)
        guard jws.header.type == TokenType.deviceBind else { throw .unexpectedType }
        claims = try jws.claims(ChallengeClaims.self)
        keyID = jws.header.keyID
        hash = SHA256.base64URL(of: compact)
    }

    /// Checks the signature under a pinned key. Nothing else makes a ``VerifiedChallenge``.
    ///
    /// Times, origin, user and all the rest are for the caller to check, with the verified claims.
    public func verify(with key: PublicKey) throws(JWSError) -> VerifiedChallenge {
        try jws.verify(type: TokenType.deviceBind, with: key)
        return VerifiedChallenge(claims: claims, hash: hash)
    }
}

/// A challenge whose signature was checked under a pinned key.
public struct VerifiedChallenge: Sendable {
    /// What it says.
    public let claims: ChallengeClaims
    /// base64url SHA-256 of the challenge as received.
    public let hash: String

    fileprivate init(claims: ChallengeClaims, hash: String) {
        self.claims = claims
        self.hash = hash
    }
}
