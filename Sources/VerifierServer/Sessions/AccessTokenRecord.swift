// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// An access token that was issued.
package struct AccessTokenRecord: StoredRecord, Hashable {
    package static let collection = "access_tokens"

    /// base64url SHA-256 of the token.
    package let id: String
    /// The client that it was issued to.
    package let clientID: String
    /// Whose it is, and how they signed in.
    package let identity: AuthenticatedIdentity
    /// What it allows.
    package let scopes: [String]
    /// When it was issued, in seconds since 1970.
    package let issuedAt: Int64
    /// When it ends.
    package let endsAt: Int64
    /// The request for an enrolment or a spare key that used it, so that the same request again is known.
    package private(set) var usedBy: String?

    package var indexKeys: [IndexSlot: String] {
        var keys = [IndexSlot.first: identity.userID]
        keys[.second] = identity.enrollmentID
        return keys
    }

    package var expiresAt: Int64? { endsAt }

    /// Uses a token for an enrolment or a spare key, within the transaction that makes it; answers whose it is.
    ///
    /// A token enrols one device or one key: whoever signs in by a one-time code must not get more out of it than of the code itself.
    /// - Parameter request: a name for what uses it; the same name may use it again.
    /// - Throws: ``VerifierError`` where it has ended, was used for something else, or its person may not sign in.
    static func use(_ id: String, for request: String, at now: Int64, in writer: any StoreWriter) throws -> User {
        guard var token = try writer.record(AccessTokenRecord.self, id: id), now < token.endsAt,
            token.scopes.contains(AuthenticatorConfiguration.enrollScope)
        else { throw VerifierError(401, .invalidToken, "The sign-in for this enrolment has ended. Sign in again.") }
        if let refusal = try IdentityStanding.refusal(of: token.identity, in: writer) { throw refusal }
        guard let user = try writer.record(User.self, id: token.identity.userID) else {
            throw VerifierError(410, .userDeleted, "This account was deleted.")
        }
        if token.usedBy == request { return user }
        guard token.usedBy == nil else {
            throw VerifierError(
                401, .invalidToken,
                "This sign-in has enrolled a device or a key already. Sign in again for another one.")
        }
        token.usedBy = request
        try writer.save(token)
        return user
    }
}
