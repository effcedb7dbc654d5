// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import NIOPosix
internal import Pinentry
internal import WireProtocol

/// Signs a person in with their browser to get an access token (RFC 8252, RFC 7636).
struct BrowserSignIn: Sendable {
    /// How long the person may take.
    static let timeLimit = Duration.seconds(600)

    let verifier: VerifierClient
    let clientID: String
    /// The account that is meant (OpenID Connect Core 1.0 §3.1.2.1).
    let loginHint: String?
    /// Brings a URL before the person.
    let show: @Sendable (String) async -> Void

    /// An access token that may enrol.
    func accessToken() async throws -> String {
        let endpoints = try await verifier.signInEndpoints()
        let state = Base64URL.encode(try SecureRandom.bytes(32))
        let codeVerifier = Base64URL.encode(try SecureRandom.bytes(32))
        let listener = try await RedirectListener.start(state: state, group: MultiThreadedEventLoopGroup.singleton)
        let outcome: RedirectListener.Outcome
        do {
            await show(url(endpoints, redirectURI: listener.redirectURI, state: state, codeVerifier: codeVerifier))
            outcome = try await listener.wait(atMost: Self.timeLimit)
            await listener.stop()
        } catch {
            await listener.stop()
            throw error
        }
        switch outcome {
        case .error(let description):
            throw EnrollmentError(.refused, "the verifier refused the sign-in: \(DisplayText(description, limit: 200))")
        case .code(let code, let issuer):
            // RFC 9207 §2.4: a code of another issuer's must not be sent to this one.
            if let issuer, !verifier.address.isIssuer(issuer) {
                throw EnrollmentError(.notAVerifier, "the sign-in came back from another verifier")
            }
            return try await verifier.accessToken(
                at: endpoints.token,
                form: [
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", listener.redirectURI),
                    ("client_id", clientID), ("code_verifier", codeVerifier),
                ])
        }
    }

    private func url(
        _ endpoints: SignInEndpoints, redirectURI: String, state: String, codeVerifier: String
    ) -> String {
        let query = FormEncoding.encode(
            [
                ("client_id", clientID), ("response_type", "code"),
                ("scope", "openid \(AuthenticatorConfiguration.enrollScope)"), ("redirect_uri", redirectURI),
                ("state", state), ("code_challenge", SHA256.base64URL(of: codeVerifier)),
                ("code_challenge_method", "S256"),
            ] + (loginHint.map { [("login_hint", $0)] } ?? []))
        return endpoints.authorization + (endpoints.authorization.contains("?") ? "&" : "?") + query
    }
}
