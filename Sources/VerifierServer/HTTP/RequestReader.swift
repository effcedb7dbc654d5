// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
package import Hummingbird
internal import NIOCore
internal import WireProtocol

/// Reads requests within bounds of size and time.
package enum RequestReader {
    /// The longest body, in bytes.
    package static let maximumBody = 256 * 1024
    /// How long a body may take to arrive.
    package static let bodyTime = Duration.seconds(15)
    /// The longest query of an authorization request, in bytes.
    package static let maximumQuery = 16 * 1024

    /// The body of a request.
    ///
    /// - Throws: ``VerifierError`` 413 where it is too long and 400 where it does not arrive in time; a slow sender's connection is
    ///   closed.
    package static func body(
        _ request: Request, _ context: VerifierRequestContext, within time: Duration = bodyTime
    ) async throws -> [UInt8] {
        if let stated = request.headers[.contentLength].flatMap({ Int($0) }), stated > maximumBody {
            hangUp(context)
            throw tooLong
        }
        let body = request.body
        let buffer = try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                do { return try await body.collect(upTo: maximumBody) } catch is NIOTooManyBytesError {
                    hangUp(context)
                    throw tooLong
                } catch let error where !(error is CancellationError) {
                    // What the parser of HTTP does not understand, or the end of the connection.
                    hangUp(context)
                    throw VerifierError(400, .malformed, "The body is not framed as HTTP/1.1 wants it.")
                }
            }
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let buffer else {
            hangUp(context)
            throw VerifierError(400, .malformed, "The body did not arrive within \(time.components.seconds) seconds.")
        }
        return Array(buffer.readableBytesView)
    }

    /// The JSON of a request.
    ///
    /// - Throws: ``VerifierError`` 415 for another content type, 400 for anything that does not fit.
    package static func json<Value: Decodable>(
        _ type: Value.Type, _ request: Request, _ context: VerifierRequestContext
    ) async throws -> Value {
        guard mediaType(request) == "application/json" else {
            throw VerifierError(415, .malformed, "The body must be JSON, with Content-Type: application/json.")
        }
        let bytes = try await body(request, context)
        do { return try JSON.decode(type, from: bytes, limit: maximumBody) } catch {
            throw VerifierError(400, .malformed, "The body does not fit: \(error.reason).")
        }
    }

    /// The form of a request.
    ///
    /// - Throws: ``VerifierError`` 415 for another content type, 400 for a broken one.
    package static func form(_ request: Request, _ context: VerifierRequestContext) async throws -> FormParameters {
        guard mediaType(request) == "application/x-www-form-urlencoded" else {
            throw VerifierError(415, .malformed, "The body must be a form, application/x-www-form-urlencoded.")
        }
        let bytes = try await body(request, context)
        guard let form = String(validating: bytes, as: UTF8.self).flatMap({ FormParameters($0) }) else {
            throw VerifierError(400, .malformed, "The form is broken.")
        }
        return form
    }

    /// The parameters of a request: the query of a GET, the form of a POST.
    package static func parameters(_ request: Request, _ context: VerifierRequestContext) async throws -> FormParameters
    {
        if request.method == .post { return try await form(request, context) }
        let query = request.uri.query ?? ""
        guard query.utf8.count <= maximumQuery, let parameters = FormParameters(query) else {
            throw VerifierError(400, .malformed, "The query is broken or too long.")
        }
        return parameters
    }

    private static let tooLong = VerifierError(413, .malformed, "The body is longer than \(maximumBody) bytes.")

    /// The media type of a request's body, without its parameters.
    static func mediaType(_ request: Request) -> String? {
        request.headers[.contentType]?.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() }
    }

    /// Closes the connection soon, after the answer had time to leave.
    private static func hangUp(_ context: VerifierRequestContext) {
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }
}
