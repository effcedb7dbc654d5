// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries
internal import NIOCore
internal import WireProtocol

/// What the management API answers, and what the audit log tells of it.
struct ManagementAnswer: Sendable {
    /// The HTTP status.
    var status = 200
    /// The body; `nil` for none.
    var value: ResourceValue?
    /// What names this state of the resource.
    var tag: String?
    /// Where the resource is that was made.
    var location: String?
    /// Where the list goes on.
    var next: PageCursor?
    /// How many resources a list does not show, since the caller did not ask for extensions.
    var leftOut = 0
    /// What happened.
    var events: [AuditEvent] = []

    /// Nothing to say.
    static let empty = ManagementAnswer(status: 204)

    /// A resource.
    ///
    /// - Parameters:
    ///   - shown: what the caller is shown, where that is less than all.
    static func resource(
        _ value: ResourceValue, shown: ResourceValue? = nil, status: Int = 200, events: [AuditEvent] = []
    ) throws -> ManagementAnswer {
        ManagementAnswer(status: status, value: shown ?? value, tag: try tag(of: value), events: events)
    }

    /// What names a state of a resource: a hash of all that can be read of it (RFC 9110 §8.8.3).
    static func tag(of value: ResourceValue) throws -> String {
        "\"\(SHA256.base64URL(of: String(decoding: try JSON.encode(value), as: UTF8.self)).prefix(27))\""
    }

    /// The answer with events.
    func telling(_ event: AuditEvent?) -> ManagementAnswer {
        guard let event else { return self }
        var answer = self
        answer.events.append(event)
        return answer
    }
}

extension HTTPField.Name {
    static let rateLimit = Self.okta("X-Rate-Limit-Limit")
    static let rateLimitRemaining = Self.okta("X-Rate-Limit-Remaining")
    static let rateLimitReset = Self.okta("X-Rate-Limit-Reset")
    static let pageLink = Self.okta("Link")
    static let idempotencyKey = Self.okta("Idempotency-Key")
    static let leftOut = Self.okta("X-Countersign-Left-Out")

    /// A name that is known to be one.
    private static func okta(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("not a field name: \(text)") }
        return name
    }
}
