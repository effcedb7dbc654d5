// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// Makes ID tokens, and knows its own again.
package struct IDTokenIssuer: Sendable {
    private let issuer: Origin
    private let keys: TokenKeyring
    private let clock: VerifierClock

    /// An issuer with these keys.
    package init(issuer: Origin, keys: TokenKeyring, clock: VerifierClock) {
        self.issuer = issuer
        self.keys = keys
        self.clock = clock
    }

    /// The ID token of a code that was exchanged for an access token.
    ///
    /// - Parameter person: whose name it tells, where the scope `profile` was granted.
    package func token(
        for code: AuthorizationCode, client: RegisteredClient, accessToken: String, person: User?
    ) async throws -> String {
        let now = clock.now()
        let identity = code.identity
        let claims = IDTokenClaims(
            issuer: issuer.description, subject: identity.userID, audience: client.id,
            expiresAt: now + IDTokenClaims.lifetime, issuedAt: now, authenticatedAt: identity.authenticatedAt,
            nonce: code.request.nonce, contextClass: identity.contextClass, methods: identity.methods,
            authorizedParty: client.id, accessTokenHash: IDTokenClaims.accessTokenHash(accessToken),
            sessionID: code.sessionID, name: person?.displayName, preferredUsername: person?.username)
        return try await keys.signer(for: client.idTokenAlgorithm).compactJWS(claims, type: "JWT")
    }

    /// The claims of a token that this issuer signed, expired or not; `nil` for any other text.
    ///
    /// A hint may be old (OIDC RP-Initiated Logout 1.0 §2): it says who somebody was, and proves nothing more.
    package func verifiedClaims(of token: String) async throws -> IDTokenClaims? {
        guard let jws = try? UnverifiedJWS(token), let keyID = jws.header.keyID,
            let key = try await keys.jwkSet().key(named: keyID), (try? jws.verify(type: "JWT", with: key)) != nil,
            let claims = try? jws.claims(IDTokenClaims.self), claims.issuer == issuer.description
        else { return nil }
        return claims
    }
}
