// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import WireProtocol

/// Turns every error into an answer: JSON for programs, a page for people, and nothing of the inside for either.
package struct ErrorResponder: RouterMiddleware {
    private let organization: String

    /// A responder that names the organisation on its pages.
    package init(organization: String) { self.organization = organization }

    package func handle(
        _ request: Request, context: VerifierRequestContext,
        next: (Request, VerifierRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as OAuthError {
            return Self.response(to: error)
        } catch let error as PageError {
            return MessagePage(
                organization: organization, title: error.title, paragraphs: error.paragraphs, to: request
            ).response(status: error.status)
        } catch let error as VerifierError {
            return try response(to: error, request, id: Self.identifier())
        } catch let error as StoreError {
            let id = Self.identifier()
            // The store's own words name its file and what to do, and none of its values.
            context.logger.error("store: \(error)", metadata: ["id": "\(id)", "path": "\(request.uri.path)"])
            return try response(to: Self.failed, request, id: id)
        } catch let error as any HTTPResponseError {
            return try response(to: error, request)
        } catch {
            let id = Self.identifier()
            // The type alone: an error's text may quote what must not be in a log.
            context.logger.error(
                "request failed",
                metadata: ["id": "\(id)", "error": "\(type(of: error))", "path": "\(request.uri.path)"])
            return try response(to: Self.failed, request, id: id)
        }
    }

    private static let failed = VerifierError(500, .internalError, "The server failed. Try again later.")

    private func response(to error: any HTTPResponseError, _ request: Request) throws -> Response {
        if error.status == .notFound, Self.wantsPage(request) {
            return MessagePage(
                organization: organization, title: PageText("There is nothing here"),
                paragraphs: [
                    PageText("This address leads nowhere. Go back to the app that you came from, and start again.")
                ], to: request
            ).response(status: .notFound)
        }
        let code: ErrorCode = error.status == .notFound ? .notFound : .malformed
        let failure = VerifierError(error.status.code, code, error.status.reasonPhrase)
        return try self.response(to: failure, request, id: Self.identifier())
    }

    private static func response(to error: OAuthError) -> Response {
        var response =
            (try? Response.json(
                ["error": error.code, "error_description": error.description], status: .init(code: error.status)))
            ?? Response(status: .internalServerError)
        response.headers[.wwwAuthenticate] = error.challenge
        return response
    }

    private func response(to error: VerifierError, _ request: Request, id: String) throws -> Response {
        let status = HTTPResponse.Status(code: error.status)
        var response =
            Self.wantsPage(request)
            ? MessagePage(
                organization: organization, title: PageText("This did not work"),
                paragraphs: [PageText(error.summary), PageText("Reported as: {0}", id)], to: request
            ).response(status: status)
            : try Response.json(ErrorEnvelope(code: error.code, summary: error.summary, id: id), status: status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
        return response
    }

    /// Whether a person looks at the answer: browsers say so where they open a page, and not where a script asks.
    private static func wantsPage(_ request: Request) -> Bool {
        request.headers[.accept]?.contains("text/html") == true
    }

    private static func identifier() -> String { (try? SecureRandom.identifier(prefix: "err")) ?? "err" }
}

extension Response {
    /// An answer in JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(value))))
    }

    /// A page.
    static func page(_ html: String, policy: ContentSecurityPolicy, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8", .contentSecurityPolicy: policy.description],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }
}
