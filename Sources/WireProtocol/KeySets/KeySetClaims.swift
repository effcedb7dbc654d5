// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// An announcement of the verifier's challenge keys: a link of the chain that agents walk from the keys they pinned.
public struct KeySetClaims: Hashable, Sendable, Codable {
    /// The verifier.
    public var issuer: String
    /// The organisation.
    public var organizationID: String
    /// The number of this link: 1 for the first set, and one more each time.
    public var sequence: Int
    /// When it was announced, in seconds since 1970.
    public var issuedAt: Int64
    /// The keys that sign challenges from now on.
    public var keys: [JWK]
    /// The origins of pages that may carry this verifier's challenges.
    public var allowedOrigins: [Origin]

    /// An announcement.
    public init(
        issuer: String, organizationID: String, sequence: Int, issuedAt: Int64, keys: [JWK], allowedOrigins: [Origin]
    ) {
        self.issuer = issuer
        self.organizationID = organizationID
        self.sequence = sequence
        self.issuedAt = issuedAt
        self.keys = keys
        self.allowedOrigins = allowedOrigins
    }

    private enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case organizationID = "orgId"
        case sequence = "seq"
        case issuedAt = "iat"
        case keys, allowedOrigins
    }
}

/// The keys of a verifier that an enrolment trusts, and where they come from in the chain of announcements.
public struct PinnedKeySet: Hashable, Sendable, Codable {
    /// The link that announced them.
    public var sequence: Int
    /// The keys.
    public var keys: [JWK]
    /// The origins that were announced with them.
    public var allowedOrigins: [Origin]

    /// A set pinned at enrolment.
    public init(sequence: Int, keys: [JWK], allowedOrigins: [Origin]) {
        self.sequence = sequence
        self.keys = keys
        self.allowedOrigins = allowedOrigins
    }

    /// The key of a name.
    public func key(named keyID: String) -> PublicKey? { JWKSet(keys: keys).key(named: keyID) }

    /// The set that the next announcement leads to.
    ///
    /// - Parameter announcement: a compact JWS of type ``TokenType/keySet``.
    /// - Throws: ``JWSError`` where it is not signed by a key of this set, or ``KeySetError`` where it is not the next link of
    ///   this issuer's chain.
    public func following(_ announcement: String, issuer: String, organizationID: String) throws -> PinnedKeySet {
        let jws = try UnverifiedJWS(announcement)
        guard let keyID = jws.header.keyID, let key = key(named: keyID) else { throw JWSError.unknownKey }
        try jws.verify(type: TokenType.keySet, with: key)
        let claims = try jws.claims(KeySetClaims.self)
        guard claims.issuer == issuer, claims.organizationID == organizationID else { throw KeySetError.foreignIssuer }
        guard claims.sequence == sequence + 1 else { throw KeySetError.notNextInChain }
        guard (1...8).contains(claims.keys.count), claims.allowedOrigins.count <= 64 else { throw KeySetError.badSize }
        return PinnedKeySet(sequence: claims.sequence, keys: claims.keys, allowedOrigins: claims.allowedOrigins)
    }
}

/// Why a genuine announcement was not followed.
public enum KeySetError: Error, Hashable, Sendable {
    /// It is of another verifier or organisation.
    case foreignIssuer
    /// Its number is not one more than the pinned set's.
    case notNextInChain
    /// It has no keys, or too many keys or origins.
    case badSize
}

/// The answer of `GET /.well-known/countersign-keysets?after=N`.
public struct KeySetAnnouncements: Hashable, Sendable, Codable {
    /// Compact JWSs of type ``TokenType/keySet``, by ascending number, at most 64 of them.
    public var announcements: [String]

    /// An answer.
    public init(announcements: [String]) { self.announcements = announcements }
}
