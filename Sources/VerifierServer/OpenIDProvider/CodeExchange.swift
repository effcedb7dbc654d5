// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The exchange of one code for one access token, in one transaction.
struct CodeExchange: Sendable {
    /// The code as it was presented.
    var presented: String
    /// The redirect URI that the client states.
    var redirectURI: String
    /// The PKCE verifier, where one was sent.
    var verifier: String?
    /// The client that was authenticated.
    var clientID: String
    /// How long the access token counts, in seconds.
    var lifetime: Int64

    /// What came of it.
    enum Outcome: Sendable {
        /// A token, for this code; the person, where the app may know who it is.
        case granted(AuthorizationCode, accessToken: String, person: User?)
        /// None, and the token that this code was exchanged for before has ended.
        case revoked(AuthorizationCode)
        /// None; the reason is for the app's developer.
        case refused(String)
    }

    /// Checks the code, uses it up and issues the token.
    ///
    /// A refusal is an outcome and no error, so that what a second use revokes is committed.
    func perform(in writer: any StoreWriter, sessions: SessionService, now: Int64) throws -> Outcome {
        guard let id = SecretToken.hash(of: presented), var code = try writer.record(AuthorizationCode.self, id: id),
            code.request.clientID == clientID
        else { return .refused("the code is unknown, or was issued to another client") }
        guard !code.isUsed else {
            // Somebody else may have the code: what it was exchanged for ends (RFC 6749 §4.1.2).
            guard let token = code.accessTokenID, try writer.delete(AccessTokenRecord.self, id: token) else {
                return .refused("the code was used before")
            }
            return .revoked(code)
        }
        guard now < code.endsAt else { return .refused("the code has expired") }
        guard ConstantTime.equal(code.request.redirectURI, redirectURI) else {
            return .refused("redirect_uri is not the one of the authorization request")
        }
        guard isProven(code) else { return .refused("code_verifier does not match the authorization request") }
        if let session = code.sessionID {
            guard let record = try writer.record(Session.self, id: session), now < record.endsAt else {
                return .refused("the session has ended")
            }
        }
        let asked = code.request.managementScopes
        guard try AdministratorRecord.lacking(asked, userID: code.identity.userID, in: writer).isEmpty else {
            return .refused("the person is not an administrator of all that was asked for any more")
        }
        let token = try sessions.issueAccessToken(
            identity: code.identity, clientID: clientID, scopes: code.request.scopes, lifetime: lifetime, in: writer)
        code.isUsed = true
        code.accessTokenID = SecretToken.hash(of: token)
        try writer.save(code)
        let person =
            code.request.scopes.contains("profile") ? try writer.record(User.self, id: code.identity.userID) : nil
        return .granted(code, accessToken: token, person: person)
    }

    /// Whether PKCE holds: both halves, or neither (RFC 9700 §2.1.1).
    private func isProven(_ code: AuthorizationCode) -> Bool {
        switch (code.request.codeChallenge, verifier) {
        case (nil, nil): true
        case (let challenge?, let verifier?): PKCE.verifies(verifier, challenge: challenge)
        default: false
        }
    }
}
