// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries
internal import NIOCore
internal import WireProtocol

/// The forms in which administrators' programs ask and are answered: Okta's, or those of SCIM. Who may ask is the same for all.
protocol ManagementForm: Sendable {
    /// Where its resources are.
    var base: String { get }

    /// The token of an Authorization header, where it has one in this form.
    func presentedToken(_ header: String?) -> String?

    /// The OAuth access token of an Authorization header, where these forms take one.
    func presentedAccessToken(_ header: String?) -> String?

    /// What `WWW-Authenticate` says beside a refusal (RFC 9110 §11.6.1), where these forms say it.
    ///
    /// - Parameter scope: what the request needs.
    func challenge(for refusal: ManagementError, to request: Request, scope: APIScope) -> String?

    /// An answer.
    func response(_ answer: ManagementAnswer, to request: Request, _ query: FormParameters) throws
        -> Response

    /// A refusal.
    func response(_ refusal: ManagementError) throws -> Response
}

extension ManagementForm {
    func presentedAccessToken(_ header: String?) -> String? { nil }

    func challenge(for refusal: ManagementError, to request: Request, scope: APIScope) -> String? { nil }
}

/// The forms of Okta's management API.
struct OktaForm: ManagementForm {
    let base = "/api/v1"
    let issuer: String

    func presentedToken(_ header: String?) -> String? { Self.credentials(in: header, scheme: "ssws") }

    func presentedAccessToken(_ header: String?) -> String? { Self.credentials(in: header, scheme: "bearer") }

    /// What stands behind the name of a scheme. Okta's Python SDK puts no space between, which Okta takes as well.
    private static func credentials(in header: String?, scheme: String) -> String? {
        guard let header, header.prefix(scheme.count).lowercased() == scheme else { return nil }
        let token = header.dropFirst(scheme.count).drop { $0 == " " }
        return token.contains(" ") ? nil : String(token)
    }

    /// RFC 6750 §3: where a token is to be had, what it needs, and what is wrong with the one that came.
    func challenge(for refusal: ManagementError, to request: Request, scope: APIScope) -> String? {
        let isBearer = presentedAccessToken(request.headers[.authorization]) != nil
        var problem = ""
        switch (refusal.status, refusal.missingScope) {
        case (401, _): problem = isBearer ? #", error="invalid_token""# : ""
        case (403, .some) where isBearer: problem = #", error="insufficient_scope""#
        default: return nil
        }
        return #"Bearer realm="\#(issuer)", authorization_uri="\#(issuer)/oauth2/v1/authorize", "#
            + #"scope="\#(refusal.missingScope ?? scope)""# + problem
    }

    func response(_ answer: ManagementAnswer, to request: Request, _ query: FormParameters) throws
        -> Response
    {
        let status = HTTPResponse.Status(code: answer.status)
        var response =
            try answer.value.map { try Response.json($0, status: status) } ?? Response(status: status)
        response.headers[.eTag] = answer.tag
        if answer.leftOut > 0 { response.headers[.leftOut] = "\(answer.leftOut)" }
        if case .array = answer.value {
            let own = issuer + request.uri.string
            response.headers.append(HTTPField(name: .pageLink, value: "<\(own)>; rel=\"self\""))
        }
        if let next = answer.next {
            let kept = query.pairs.filter { $0.name != "after" } + [("after", next.text)]
            let uri = FormParameters.append(
                kept.map { ($0.name, $0.value) }, to: issuer + request.uri.path)
            response.headers.append(HTTPField(name: .pageLink, value: "<\(uri)>; rel=\"next\""))
        }
        return response
    }

    func response(_ refusal: ManagementError) throws -> Response {
        try Response.json(
            ErrorEnvelope(
                code: ErrorCode(rawValue: refusal.code), summary: refusal.summary,
                id: (try? SecureRandom.identifier(prefix: "err")) ?? "err", causes: refusal.causes),
            status: HTTPResponse.Status(code: refusal.status))
    }
}
