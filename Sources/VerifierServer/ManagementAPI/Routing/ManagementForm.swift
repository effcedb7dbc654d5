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

    /// An answer.
    func response(_ answer: ManagementAnswer, to request: Request, _ query: FormParameters) throws
        -> Response

    /// A refusal.
    func response(_ refusal: ManagementError) throws -> Response
}

/// The forms of Okta's management API.
struct OktaForm: ManagementForm {
    let base = "/api/v1"
    let issuer: String

    /// Okta's Python SDK puts no space behind the scheme's name, which Okta takes as well.
    func presentedToken(_ header: String?) -> String? {
        guard let header, header.prefix(4).lowercased() == "ssws" else { return nil }
        let token = header.dropFirst(4).drop { $0 == " " }
        return token.contains(" ") ? nil : String(token)
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
