// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// Where apps ask who signed in (OIDC Core §5.3).
package struct UserInfoEndpoint: Sendable {
    let services: VerifierServices

    /// What is told of a person.
    struct UserInfo: Hashable, Sendable, Encodable {
        var subject: String
        var name: String?
        var preferredUsername: String?

        private enum CodingKeys: String, CodingKey {
            case subject = "sub"
            case name
            case preferredUsername = "preferred_username"
        }
    }

    /// The person of an access token.
    ///
    /// - Throws: ``OAuthError``.
    func userInfo(authorization: String?) async throws -> UserInfo {
        guard let token = BearerToken.token(in: authorization) else { throw OAuthError.missingToken }
        guard let record = try await services.sessions.findAccessToken(token),
            let user = try await services.users.find(id: record.identity.userID)
        else { throw OAuthError.invalidToken }
        guard record.scopes.contains("openid") else { throw OAuthError.insufficientScope }
        var info = UserInfo(subject: user.id)
        if record.scopes.contains("profile") {
            info.name = user.displayName
            info.preferredUsername = user.username
        }
        return info
    }
}

/// The bearer token of an Authorization header (RFC 6750 §2.1).
package enum BearerToken {
    /// The credentials of a scheme, or `nil` where the header is of another or there is none.
    package static func token(in header: String?, scheme: String = "Bearer") -> String? {
        guard let parts = header?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == scheme.lowercased(), !parts[1].contains(" ")
        else { return nil }
        return String(parts[1])
    }
}
