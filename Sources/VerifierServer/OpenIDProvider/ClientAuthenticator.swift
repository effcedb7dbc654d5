// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import WireProtocol

/// Finds out which client talks to the token endpoint, and makes it prove that (OIDC Core §9).
package struct ClientAuthenticator: Sendable {
    private let registry: ClientRegistry
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audiences: Set<String>

    /// The one way by which an assertion is presented (RFC 7523 §2.2).
    package static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    /// An authenticator for the clients of a registry.
    ///
    /// - Parameter audiences: what an assertion may call this server: its issuer and its token endpoint.
    package init(registry: ClientRegistry, store: any VerifierStore, clock: VerifierClock, audiences: Set<String>) {
        self.registry = registry
        self.store = store
        self.clock = clock
        self.audiences = audiences
    }

    /// The client that sent a form, proven where it has something to prove with.
    ///
    /// - Parameter authorization: the Authorization header, if there is one.
    /// - Throws: ``OAuthError``.
    package func authenticate(_ form: FormParameters, authorization: String?) async throws -> RegisteredClient {
        let ways = [authorization != nil, form["client_secret"] != nil, form["client_assertion"] != nil]
        guard ways.count(where: { $0 }) <= 1 else {
            throw OAuthError.invalidRequest("a client authenticates in one way only")
        }
        if let authorization { return try basic(authorization, form) }
        if let assertion = form["client_assertion"] { return try await signed(assertion, form) }
        let client = try client(form["client_id"], challenged: false)
        if let secret = form["client_secret"] {
            try check(client, .clientSecretPost, challenged: false)
            guard client.secret?.matches(secret) == true else { throw Self.refused(challenged: false) }
            return client
        }
        try check(client, .none, challenged: false)
        return client
    }

    private func basic(_ header: String, _ form: FormParameters) throws -> RegisteredClient {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])),
            let text = String(validating: data, as: UTF8.self), let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { throw Self.refused(challenged: true) }
        let id = String(text[..<colon])
        let secret = String(text[text.utf8.index(after: colon)...])
        let client = try client(FormParameters.decode(Array(id.utf8)), challenged: true)
        if let stated = form["client_id"], stated != client.id {
            throw OAuthError.invalidRequest("client_id is not the client of the Authorization header")
        }
        try check(client, .clientSecretBasic, challenged: true)
        // Both halves are form-encoded (RFC 6749 §2.3.1); many clients forget that, which does no harm.
        let decoded = FormParameters.decode(Array(secret.utf8))
        guard let known = client.secret, known.matches(secret) || decoded.map(known.matches) == true else {
            throw Self.refused(challenged: true)
        }
        return client
    }

    private func signed(_ assertion: String, _ form: FormParameters) async throws -> RegisteredClient {
        guard form["client_assertion_type"] == Self.assertionType else {
            throw OAuthError.invalidRequest("client_assertion_type must be \(Self.assertionType)")
        }
        guard let jws = try? UnverifiedJWS(assertion), let claims = try? jws.claims(ClientAssertionClaims.self),
            claims.issuer == claims.subject
        else { throw Self.refused(challenged: false) }
        let client = try client(claims.issuer, challenged: false)
        guard form["client_id"] ?? client.id == client.id else {
            throw OAuthError.invalidRequest("client_id is not the client of the assertion")
        }
        try check(client, .privateKeyJWT, challenged: false)
        let keys = (client.keys?.keys ?? []).filter { jws.header.keyID == nil || $0.keyID == jws.header.keyID }
        guard keys.contains(where: { (try? jws.verify(type: nil, with: $0.publicKey)) != nil }) else {
            throw Self.refused(challenged: false)
        }
        try await use(claims, of: client)
        return client
    }

    private func use(_ claims: ClientAssertionClaims, of client: RegisteredClient) async throws {
        let now = clock.now()
        guard claims.isTimely(at: now), !audiences.isDisjoint(with: claims.audience),
            (1...256).contains(claims.tokenID.utf8.count)
        else { throw Self.refused(challenged: false) }
        let used = UsedClientAssertion(
            id: UsedClientAssertion.id(clientID: client.id, tokenID: claims.tokenID),
            endsAt: claims.expiresAt + ClientAssertionClaims.leeway)
        do {
            try await store.write { try $0.insert(used) }
        } catch StoreError.alreadyExists {
            throw OAuthError.invalidClient("the client's assertion was used before", challenged: false)
        }
    }

    private func client(_ id: String?, challenged: Bool) throws(OAuthError) -> RegisteredClient {
        guard let id, let client = registry.client(id) else { throw Self.refused(challenged: challenged) }
        return client
    }

    private func check(
        _ client: RegisteredClient, _ way: RegisteredClient.Authentication, challenged: Bool
    ) throws(OAuthError) {
        guard client.authentication == way else { throw Self.refused(challenged: challenged) }
    }

    /// One answer for an unknown client, a wrong way and a wrong secret.
    private static func refused(challenged: Bool) -> OAuthError {
        .invalidClient(
            "the client is unknown, or did not authenticate in the way it is registered for", challenged: challenged)
    }
}

/// The claims of a client's assertion (RFC 7523 §3).
private struct ClientAssertionClaims: Decodable {
    var issuer: String
    var subject: String
    var audience: [String]
    var expiresAt: Int64
    var notBefore: Int64?
    var issuedAt: Int64?
    var tokenID: String

    /// How far clocks may differ, in seconds.
    static let leeway: Int64 = 60
    /// The longest that an assertion may count, in seconds.
    static let maximumLifetime: Int64 = 3600

    func isTimely(at now: Int64) -> Bool {
        expiresAt > now - Self.leeway && expiresAt <= now + Self.maximumLifetime
            && (notBefore ?? now) <= now + Self.leeway && (issuedAt ?? now) <= now + Self.leeway
    }

    private enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case subject = "sub"
        case audience = "aud"
        case expiresAt = "exp"
        case notBefore = "nbf"
        case issuedAt = "iat"
        case tokenID = "jti"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        issuer = try values.decode(String.self, forKey: .issuer)
        subject = try values.decode(String.self, forKey: .subject)
        if let one = try? values.decode(String.self, forKey: .audience) {
            audience = [one]
        } else {
            audience = try values.decode([String].self, forKey: .audience)
        }
        expiresAt = try values.decode(Int64.self, forKey: .expiresAt)
        notBefore = try values.decodeIfPresent(Int64.self, forKey: .notBefore)
        issuedAt = try values.decodeIfPresent(Int64.self, forKey: .issuedAt)
        tokenID = try values.decode(String.self, forKey: .tokenID)
    }
}
