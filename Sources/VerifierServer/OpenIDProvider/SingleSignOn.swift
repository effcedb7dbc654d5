// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// Decides whether a session that exists signs a person in to an app, without asking them again.
package struct SingleSignOn: Sendable {
    /// What the app asks.
    package var request: AuthorizationRequest
    /// The app.
    package var client: RegisteredClient
    /// The person that the app expects, by its `id_token_hint` or `login_hint`; `nil` for anyone.
    package var expectedUserID: String?
    /// The time, in seconds since 1970.
    package var now: Int64

    /// Whether the session serves.
    ///
    /// An agent's sign-in is always made anew: what enrols a device must not rest on a cookie. So is one that opens the management API
    /// for an app without a secret: whoever leads the browser to such a request chooses its proof, and may listen where the app
    /// would (RFC 8252 §8.6). A session of a one-time code, or one
    /// that no policy judged, opens nothing that asks for more. With `prompt=none` nobody could be asked for a better
    /// authentication context, which is voluntary, so the one at hand is delivered.
    package func isServed(by session: Session) -> Bool {
        let identity = session.identity
        guard !client.isAgent, identity.contextClass != nil, request.prompt.subtracting([.none]).isEmpty else {
            return false
        }
        guard !request.opensManagementForAnybody(client) else { return false }
        guard isDeviceLetIn(by: session) else { return false }
        guard client.keyProtection != .hardware || identity.methods.contains("hwk") else { return false }
        guard client.userVerification != .required || Self.verifiesPerson(identity.methods) else { return false }
        guard expectedUserID == nil || expectedUserID == identity.userID else { return false }
        if let maxAge = request.maxAge {
            guard maxAge > 0, now - identity.authenticatedAt <= maxAge else { return false }
        }
        return request.prompt.contains(.none) || request.isSatisfied(by: identity.contextClass)
    }

    /// Whether what policy said of the session's device is enough for this app.
    private func isDeviceLetIn(by session: Session) -> Bool {
        // An app with an access policy asks that instead.
        guard client.requiresAssurance, client.accessPolicy == nil else { return true }
        // Where the log alone is told, it is told at the sign-in.
        if client.assuranceMode == .report { return true }
        guard session.isAssured else { return false }
        return switch session.identity.compliance {
        case .compliant, nil: true
        case .inGracePeriod(let until): client.assuranceMode == .warnThenBlock && now < until
        case .notCompliant: false
        }
    }

    /// Whether a sign-in's methods (RFC 8176 §2) include one by which the person was verified.
    static func verifiesPerson(_ methods: [String]) -> Bool {
        !Set(methods).isDisjoint(with: ["pin", "fpt", "face", "iris", "retina", "vbm", "mfa"])
    }
}
