// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// What an app asked of the authorization endpoint, checked (OIDC Core §3.1.2.1).
package struct AuthorizationRequest: Hashable, Sendable, Codable {
    /// The client.
    package var clientID: String
    /// Where the answer goes: one of the client's, to the letter.
    package var redirectURI: String
    /// What the client wants back.
    package var state: String?
    /// What the ID token is to repeat.
    package var nonce: String?
    /// The scopes that are granted.
    package var scopes: [String]
    /// The PKCE challenge (S256).
    package var codeChallenge: String?
    /// What may be shown to the person.
    package var prompt: Set<Prompt>
    /// The oldest sign-in that will do, in seconds.
    package var maxAge: Int64?
    /// Who is expected to sign in.
    package var loginHint: String?
    /// A former ID token of the person who is expected.
    package var idTokenHint: String?
    /// The authentication contexts that are asked for, the best first; only ours are kept.
    package var contextClasses: [String]

    /// The languages that the app wants people to be spoken to in, the best first.
    package var uiLocales: String?

    /// A word of `prompt`.
    package enum Prompt: String, Hashable, Sendable, Codable {
        /// Nothing.
        case none
        /// A new sign-in.
        case login
        /// The question for consent.
        case consent
        /// The choice of an account.
        case selectAccount = "select_account"
    }

    /// The authentication contexts that this provider speaks of (OIDC EAP ACR Values 1.0).
    package static let contextClasses = ["phr", "phrh"]
    /// The scopes that it knows.
    package static let scopes = ["openid", "profile", "email", AuthenticatorConfiguration.enrollScope]

    /// Checks parameters whose client and redirect URI were found good.
    ///
    /// - Throws: ``AuthorizationError``.
    package init(_ parameters: FormParameters, client: RegisteredClient, redirectURI: String) throws(AuthorizationError)
    {
        try Self.refuseUnsupported(parameters)
        clientID = client.id
        self.redirectURI = redirectURI
        state = parameters["state"]
        nonce = try Self.bounded(parameters, "nonce", 512)
        loginHint = try Self.bounded(parameters, "login_hint", 256)
        uiLocales = try Self.bounded(parameters, "ui_locales", 1024)
        idTokenHint = try Self.bounded(parameters, "id_token_hint", 8192)
        scopes = try Self.scopes(parameters["scope"], client)
        let opensManagement = scopes.contains { APIScope($0) != nil }
        codeChallenge = try Self.codeChallenge(parameters, isNeeded: client.isPublic || opensManagement)
        prompt = try Self.prompt(parameters["prompt"])
        maxAge = try Self.maxAge(parameters["max_age"])
        contextClasses = (parameters["acr_values"] ?? "").split(separator: " ").map(String.init)
            .filter(Self.contextClasses.contains)
    }

    /// Whether a sign-in of this context is what the app asked for; `phrh` is more than `phr`.
    package func isSatisfied(by contextClass: String?) -> Bool {
        guard !contextClasses.isEmpty else { return true }
        guard let contextClass else { return false }
        return contextClasses.contains(contextClass) || (contextClass == "phrh" && contextClasses.contains("phr"))
    }

    /// What is asked for of the management API.
    var managementScopes: [APIScope] { scopes.compactMap { APIScope($0) } }

    /// Whether the management API is asked for by an app that cannot prove that it is itself: the person has to be asked.
    func opensManagementForAnybody(_ client: RegisteredClient) -> Bool {
        client.isPublic && !managementScopes.isEmpty
    }

    private static func refuseUnsupported(_ parameters: FormParameters) throws(AuthorizationError) {
        if let name = parameters.repeated.sorted().first {
            throw AuthorizationError(.invalidRequest, "a parameter is repeated: \(printable(name))")
        }
        if parameters.contains("request") {
            throw AuthorizationError(.requestNotSupported, "request objects are not supported")
        }
        if parameters.contains("request_uri") {
            throw AuthorizationError(.requestURINotSupported, "request objects are not supported")
        }
        if parameters.contains("registration") {
            throw AuthorizationError(.registrationNotSupported, "registration within a request is not supported")
        }
        guard let type = parameters["response_type"] else {
            throw AuthorizationError(.invalidRequest, "response_type is missing")
        }
        guard type == "code" else {
            throw AuthorizationError(.unsupportedResponseType, "only response_type=code is supported")
        }
        guard parameters["response_mode"] ?? "query" == "query" else {
            throw AuthorizationError(.invalidRequest, "only response_mode=query is supported")
        }
        guard (parameters["state"] ?? "").utf8.count <= 2048 else {
            throw AuthorizationError(.invalidRequest, "state is longer than 2048 bytes")
        }
    }

    private static func bounded(
        _ parameters: FormParameters, _ name: String, _ limit: Int
    ) throws(AuthorizationError) -> String? {
        guard let value = parameters[name] else { return nil }
        guard value.utf8.count <= limit else {
            throw AuthorizationError(.invalidRequest, "\(name) is longer than \(limit) bytes")
        }
        return value
    }

    private static func scopes(_ text: String?, _ client: RegisteredClient) throws(AuthorizationError) -> [String] {
        let asked = (text ?? "").split(separator: " ").map(String.init)
        let granted = scopes.filter {
            asked.contains($0) && ($0 != AuthenticatorConfiguration.enrollScope || client.isAgent)
        }
        let management = try managementScopes(asked, client)
        guard client.isAgent || !management.isEmpty || granted.contains("openid") else {
            throw AuthorizationError(.invalidScope, "the scope openid is missing")
        }
        guard !granted.isEmpty || !management.isEmpty else {
            throw AuthorizationError(.invalidScope, "the scope openid is missing")
        }
        return granted + management
    }

    /// What is asked for of the management API, each once. Of the names that are Okta's or ours none is passed over: who asks for more
    /// than the client may have is told, and gets nothing less in its place.
    private static func managementScopes(
        _ asked: [String], _ client: RegisteredClient
    ) throws(AuthorizationError) -> [String] {
        var scopes: [String] = []
        for name in asked where name.hasPrefix("okta.") || name.hasPrefix("countersign.") {
            if name == AuthenticatorConfiguration.enrollScope { continue }
            guard let scope = APIScope(name), scope.narrowed(to: client.scopes) == scope else {
                throw AuthorizationError(.invalidScope, "a scope is not configured for this client: \(printable(name))")
            }
            if !scopes.contains(name) { scopes.append(name) }
        }
        return scopes
    }

    private static func codeChallenge(
        _ parameters: FormParameters, isNeeded: Bool
    ) throws(AuthorizationError) -> String? {
        let method = parameters["code_challenge_method"]
        guard let challenge = parameters["code_challenge"] else {
            guard !isNeeded, method == nil else {
                throw AuthorizationError(
                    .invalidRequest, "code_challenge is missing: this request must use PKCE with S256")
            }
            return nil
        }
        // Without a method the challenge would be a plain one (RFC 7636 §4.3).
        guard method == "S256" else {
            throw AuthorizationError(.invalidRequest, "code_challenge_method must be S256")
        }
        guard PKCE.isChallenge(challenge) else {
            throw AuthorizationError(.invalidRequest, "code_challenge is not a SHA-256 in base64url")
        }
        return challenge
    }

    private static func prompt(_ text: String?) throws(AuthorizationError) -> Set<Prompt> {
        var prompt: Set<Prompt> = []
        for word in (text ?? "").split(separator: " ") {
            guard let known = Prompt(rawValue: String(word)) else {
                throw AuthorizationError(.invalidRequest, "prompt has an unknown value")
            }
            prompt.insert(known)
        }
        guard !prompt.contains(.none) || prompt.count == 1 else {
            throw AuthorizationError(.invalidRequest, "prompt=none stands alone")
        }
        return prompt
    }

    private static func maxAge(_ text: String?) throws(AuthorizationError) -> Int64? {
        guard let text else { return nil }
        guard text.utf8.count <= 10, text.utf8.allSatisfy({ (48...57).contains($0) }), let seconds = Int64(text) else {
            throw AuthorizationError(.invalidRequest, "max_age is not a number of seconds")
        }
        return seconds
    }

    private static func printable(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(64).map {
                (0x23...0x5B).contains($0.value) || (0x5D...0x7E).contains($0.value) ? Character($0) : "?"
            })
    }
}
