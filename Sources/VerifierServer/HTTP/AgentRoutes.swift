// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

/// What agents ask.
struct AgentRoutes: Sendable {
    let services: VerifierServices
    let address: @Sendable (Request, VerifierRequestContext) -> String

    private struct Organization: Encodable { var id: String }
    private struct Empty: Encodable {}

    func add(to router: Router<VerifierRequestContext>) {
        let settings = services.settings
        let enrollment = services.enrollment
        router.get("/.well-known/okta-organization") { _, _ in
            try Response.json(Organization(id: settings.organizationID))
        }
        router.get("/.well-known/app-authenticator-configuration") { request, _ in
            let client = FormParameters(request.uri.query ?? "")?["oauthClientId"]
            guard client == nil || client == AuthenticatorConfiguration.agentClientID else {
                throw VerifierError(404, .notFound, "No authenticator is enrolled with this client.")
            }
            return try Response.json([try await enrollment.configuration()])
        }
        router.get("/.well-known/countersign-keysets") { request, _ in
            guard let query = FormParameters(request.uri.query ?? ""), let after = Int(query["after"] ?? "0"),
                after >= 0
            else {
                throw VerifierError(400, .validation, "after must be the number of an announcement.")
            }
            return try Response.json(try await enrollment.announcements(after: after))
        }
        router.post("/idp/myaccount/app-authenticators") { request, context in
            let authority = try await authority(request)
            let body = try await RequestReader.json(EnrollmentRequest.self, request, context)
            return try Response.json(
                try await enrollment.enroll(body, authority: authority, address: address(request, context)))
        }
        router.post("/idp/myaccount/app-authenticators/attestation") { request, context in
            let body = try await RequestReader.json(AttestationRequest.self, request, context)
            return try Response.json(
                try await enrollment.attestationChallenge(body, address: address(request, context)))
        }
        router.delete("/idp/myaccount/app-authenticators/:id") { request, context in
            let id = try context.parameters.require("id")
            try await enrollment.delete(
                enrollmentID: id, token: try Self.updateToken(request), address: address(request, context))
            return Response(status: .noContent)
        }
        addKeys(to: router)
        addVerification(to: router)
    }

    private func addKeys(to router: Router<VerifierRequestContext>) {
        let enrollment = services.enrollment
        router.post("/idp/myaccount/app-authenticators/:id/keys") { request, context in
            let authority = try await authority(request)
            let body = try await RequestReader.json(AddKeyRequest.self, request, context)
            let id = try context.parameters.require("id")
            return try Response.json(
                try await enrollment.addKey(body, to: id, authority: authority, address: address(request, context)))
        }
        router.get("/idp/myaccount/app-authenticators/:id/keys") { request, context in
            let id = try context.parameters.require("id")
            return try Response.json(
                try await enrollment.keys(
                    of: id, token: try Self.updateToken(request), address: address(request, context)))
        }
        router.delete("/idp/myaccount/app-authenticators/:id/keys/:key") { request, context in
            let id = try context.parameters.require("id")
            guard let keyID = try context.parameters.require("key").removingPercentEncoding else {
                throw VerifierError(404, .notFound, "The enrolment has no such key.")
            }
            try await enrollment.removeKey(
                keyID, of: id, token: try Self.updateToken(request), address: address(request, context))
            return Response(status: .noContent)
        }
    }

    private static func updateToken(_ request: Request) throws(VerifierError) -> String {
        guard let token = BearerToken.token(in: request.headers[.authorization], scheme: "SSWS") else {
            throw VerifierError(401, .invalidToken, "The header Authorization: SSWS with a signed token is missing.")
        }
        return token
    }

    private func addVerification(to router: Router<VerifierRequestContext>) {
        let services = services
        router.post("/idp/authenticators/:authenticator/transactions/:transaction/verify") { request, context in
            let body = try await RequestReader.json(ResponseEnvelope.self, request, context)
            guard try context.parameters.require("authenticator") == services.settings.authenticatorID else {
                throw VerifierError(404, .notFound, "There is no such authenticator.")
            }
            guard body.method == "signed_nonce" else {
                throw VerifierError(400, .validation, "The method must be signed_nonce.")
            }
            try await services.signIn.respond(
                transactionID: try context.parameters.require("transaction"), response: body.challengeResponse,
                address: address(request, context))
            return try Response.json(Empty())
        }
    }

    private func authority(_ request: Request) async throws -> EnrollmentAuthority {
        let header = request.headers[.authorization]
        if let code = header, code.lowercased().hasPrefix("otdt ") {
            let text = code.dropFirst(5)
            guard (1...128).contains(text.utf8.count) else { throw Self.unauthorized }
            return .code(String(text))
        }
        if let token = BearerToken.token(in: header, scheme: "SSWS") { return .earlierRequest(token: token) }
        guard let token = BearerToken.token(in: header), let record = try await services.sessions.findAccessToken(token)
        else {
            throw Self.unauthorized
        }
        guard record.scopes.contains(AuthenticatorConfiguration.enrollScope) else {
            throw VerifierError(403, .invalidToken, "This access token may not enrol a device.")
        }
        return .accessToken(id: record.id)
    }

    private static let unauthorized = VerifierError(
        401, .invalidToken, "Enrolling needs a sign-in or a one-time code, and this one is missing, wrong or expired.")
}
