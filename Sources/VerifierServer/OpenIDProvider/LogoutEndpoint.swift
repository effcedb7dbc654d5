// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

/// Where apps send people to sign out (OpenID Connect RP-Initiated Logout 1.0).
package struct LogoutEndpoint: Sendable {
    let issuer: Origin
    let organization: String
    let registry: ClientRegistry
    let services: VerifierServices
    let cookies: BrowserCookies
    let idTokens: IDTokenIssuer

    /// Answers a request: ends the session, or asks the person first.
    ///
    /// Nobody is asked where the request brings an ID token of this very session's person, or the page's own confirmation.
    func logout(_ parameters: FormParameters, _ request: Request, address: String) async throws -> Response {
        guard parameters.repeated.isEmpty else {
            throw PageError(
                .badRequest, PageText("You are not signed out"), PageText("The app's request names something twice."))
        }
        let hint: IDTokenClaims? =
            if let token = parameters["id_token_hint"] { try await idTokens.verifiedClaims(of: token) } else { nil }
        let target = try target(parameters, hint)
        guard let token = cookies.session(request), let session = try await services.sessions.find(token: token) else {
            return finished(target, request)
        }
        let isConfirmed =
            request.method == .post
            && parameters["confirmation"].map {
                ConstantTime.equal($0, Self.confirmation(of: token))
            } == true
        guard isConfirmed || hint?.subject == session.identity.userID else {
            return confirmationPage(parameters, token: token, target: target, request)
        }
        try await services.sessions.end(token: token, address: address)
        var response = finished(target, request)
        cookies.clearSession(on: &response)
        return response
    }

    /// Where to go afterwards: a URI that the client registered, or nowhere.
    private func target(_ parameters: FormParameters, _ hint: IDTokenClaims?) throws(PageError) -> String? {
        guard let uri = parameters["post_logout_redirect_uri"] else { return nil }
        let stated = parameters["client_id"]
        guard hint == nil || stated == nil || hint?.audience == stated,
            let client = (hint?.audience ?? stated).flatMap({ registry.client($0) }),
            client.postLogoutRedirectURIs.contains(where: { $0.description == uri })
        else {
            throw PageError(
                .badRequest, PageText("You are not signed out"),
                PageText(
                    "The app wants to be sent to an address that is not registered for it (post_logout_redirect_uri)."))
        }
        return FormParameters.append([("state", parameters["state"])], to: uri)
    }

    private func finished(_ target: String?, _ request: Request) -> Response {
        if let target { return .redirect(to: target, type: .normal) }
        return MessagePage(
            organization: organization, title: PageText("You are signed out"),
            paragraphs: [PageText("Apps that you opened may keep you signed in until you sign out of them.")],
            to: request
        ).response()
    }

    private func confirmationPage(
        _ parameters: FormParameters, token: String, target: String?, _ request: Request
    ) -> Response {
        let kept = ["post_logout_redirect_uri", "client_id", "state", "id_token_hint"]
        var fields = kept.compactMap { name in
            parameters[name].map { #"<input type="hidden" name="\#(name)" value="\#(HTML.escape($0))">"# }
        }
        fields.append(#"<input type="hidden" name="confirmation" value="\#(Self.confirmation(of: token))">"#)
        let button = PageText("Sign out").text(in: PageText.language(of: request))
        let form = """
            <form method="post" action="/oauth2/v1/logout">
              \(fields.joined(separator: "\n  "))
              <button type="submit" class="primary">\(HTML.escape(button))</button>
            </form>
            """
        return MessagePage(
            organization: organization, title: PageText("Sign out?"),
            paragraphs: [PageText("This ends your session with {0} in this browser.", organization)], form: form,
            to: request
        ).response(policy: .form(leadingTo: target.flatMap { Origin(ofURL: $0)?.description }))
    }

    /// What only a page of ours, shown to the one who holds the session, can send.
    private static func confirmation(of token: String) -> String {
        SHA256.base64URL(of: "countersign sign-out confirmation \(token)")
    }
}
