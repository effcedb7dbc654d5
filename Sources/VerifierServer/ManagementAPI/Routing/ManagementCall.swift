// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries
internal import WireProtocol

/// One request to the management API, by somebody who may make it.
struct ManagementCall: Sendable {
    let request: Request
    let context: VerifierRequestContext
    let services: VerifierServices
    /// Who asks.
    let caller: ManagementCaller
    /// From where.
    let address: String
    /// The query.
    let query: FormParameters

    /// The deepest JSON that is taken.
    static let maximumDepth = 32

    /// The time.
    var now: Int64 { services.clock.now() }

    /// Whether the answer may hold what Okta's own models do not know, such as the platform `LINUX`.
    var isExtended: Bool { query["extended"] == "true" }

    /// Whether the caller says that it was generated from Okta's OpenAPI description, and so takes nothing else than that has.
    var isGenerated: Bool {
        let name = request.headers[.userAgent] ?? ""
        return name.hasPrefix("OpenAPI-Generator/") || name.contains("okta-sdk-")
    }

    /// A parameter of the path.
    func parameter(_ name: String = "id") throws -> String {
        guard let text = try context.parameters.require(name).removingPercentEncoding,
            (1...256).contains(text.utf8.count)
        else { throw ManagementError.notFound("?", "Resource") }
        return text
    }

    /// A parameter of the query that is `true` or `false`.
    func flag(_ name: String, default standard: Bool) throws(ManagementError) -> Bool {
        switch query[name] {
        case nil: return standard
        case "true": return true
        case "false": return false
        default: throw .invalid(name, "must be true or false")
        }
    }

    /// A filter of the query.
    func filter(_ name: String) throws(ManagementError) -> FilterExpression? {
        guard let text = query[name] else { return nil }
        do { return try FilterExpression(text) } catch { throw .search("\(name): \(error)") }
    }

    /// The body, which must be an object of JSON (or an array, where that is taken): its bytes, and what they say.
    func document(orArray takesArray: Bool = false) async throws -> (bytes: [UInt8], value: ResourceValue) {
        guard ["application/json", "application/scim+json"].contains(RequestReader.mediaType(request)) else {
            throw ManagementError.malformed("Content-Type must be application/json", status: 415)
        }
        let bytes: [UInt8]
        do { bytes = try await RequestReader.body(request, context) } catch let error as VerifierError {
            throw ManagementError.malformed(error.summary, status: error.status)
        }
        guard let value = try? JSON.decode(ResourceValue.self, from: bytes, limit: RequestReader.maximumBody),
            value.members != nil || takesArray && value.elements != nil
        else { throw ManagementError.malformed("the body must be an object of JSON") }
        guard value.isNested(atMost: Self.maximumDepth) else {
            throw ManagementError.malformed("the body is nested deeper than \(Self.maximumDepth) levels")
        }
        return (bytes, value)
    }

    /// Refuses where the caller means another state of the resource than this one (RFC 9110 §13.1.1).
    func checkMatch(_ current: ResourceValue) throws {
        guard let wanted = request.headers[.ifMatch] else { return }
        let tags = wanted.split(separator: ",").map { $0.filter { $0 != " " } }
        let tag = try ManagementAnswer.tag(of: current)
        guard tags.contains("*") || tags.contains(tag) else {
            throw ManagementError.changedMeanwhile
        }
    }

    /// Changes the store, once: the same request again with the same `Idempotency-Key` within a day gets the same answer.
    func change(
        body: [UInt8] = [], _ change: @escaping @Sendable (any StoreWriter) throws -> ManagementAnswer
    ) async throws -> ManagementAnswer {
        guard let key = request.headers[.idempotencyKey] else { return try await told(change) }
        guard TextBounds.isIdentifier(key, upTo: 128) else {
            throw ManagementError.invalid("Idempotency-Key", "must be 1 to 128 printable characters")
        }
        let id = SHA256.base64URL(of: "\(caller.id) \(key)")
        let head = Array("\(request.method.rawValue) \(request.uri.string)\n".utf8)
        let digest = Base64URL.encode(SHA256.hash(head + body))
        let (now, caller) = (now, caller)
        return try await told { writer in
            if let known = try writer.record(IdempotencyRecord.self, id: id), now < known.endsAt {
                guard known.request == digest else {
                    throw ManagementError.invalid("Idempotency-Key", "was used for another request")
                }
                return known.answer
            }
            let answer = try change(writer)
            let record = IdempotencyRecord(
                id: id, request: digest, answer: answer, endsAt: now + IdempotencyRecord.memory)
            try IdempotencyBudget.spend(record, by: caller.id, at: now, in: writer)
            try writer.save(record)
            return answer
        }
    }

    /// Changes the store, and tells of it in the log.
    private func told(
        _ change: @escaping @Sendable (any StoreWriter) throws -> ManagementAnswer
    ) async throws -> ManagementAnswer {
        let (caller, address) = (caller, address)
        var answer = try await services.store.write(
            telling: services.audit, { caller.signed($0.events, from: address) }, change)
        answer.events = []
        return answer
    }
}
