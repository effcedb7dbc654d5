// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries
internal import NIOCore
internal import WireProtocol

/// The forms of SCIM 2.0 (RFC 7644): a bearer token, `application/scim+json`, its own errors.
struct SCIMForm: ManagementForm {
    let base = "/scim/v2"

    func presentedToken(_ header: String?) -> String? { BearerToken.token(in: header) }

    func response(_ answer: ManagementAnswer, to request: Request, _ query: FormParameters) throws
        -> Response
    {
        let status = HTTPResponse.Status(code: answer.status)
        var response = try answer.value.map { try json($0, status) } ?? Response(status: status)
        response.headers[.eTag] = answer.tag
        response.headers[.location] = answer.location
        return response
    }

    func response(_ refusal: ManagementError) throws -> Response {
        var error: [String: ResourceValue] = [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": .string("\(refusal.status)"),
            "detail": .string(([refusal.summary] + refusal.causes).joined(separator: " ")),
        ]
        // A value that the user's profile cannot have is told in the words of the profile.
        let isValue = refusal.status == 400 && refusal.code == ManagementError.validationCode
        error["scimType"] = (refusal.scimType ?? (isValue ? SCIMError.Kind.invalidValue.rawValue : nil))
            .map { .string($0) }
        var response = try json(.object(error), HTTPResponse.Status(code: refusal.status))
        if refusal.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    private func json(_ value: ResourceValue, _ status: HTTPResponse.Status) throws -> Response {
        var response = try Response.json(value, status: status)
        response.headers[.contentType] = "application/scim+json"
        return response
    }
}

extension ManagementError {
    /// What a SCIM client sent is not taken.
    init(_ error: SCIMError) {
        self.init(400, Self.validationCode, error.description)
        scimType = error.kind.rawValue
    }

    /// Another resource has the value already (RFC 7644 §3.12).
    static func notUnique(_ attribute: String) -> ManagementError {
        var error = ManagementError(409, validationCode, "\(attribute) is another resource's already.")
        error.scimType = "uniqueness"
        return error
    }
}
