// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// A refusal of the management API, in Okta's codes where there is one.
package struct ManagementError: Error, Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// The stable code.
    package var code: String
    /// What happened.
    package var summary: String
    /// What exactly, one sentence each.
    package var causes: [String]
    /// What SCIM calls it (RFC 7644 §3.12), where it has a name for it.
    package var scimType: String?

    /// The scope that is missing, where it is one.
    var missingScope: APIScope?

    init(_ status: Int, _ code: String, _ summary: String, causes: [String] = []) {
        self.status = status
        self.code = code
        self.summary = summary
        self.causes = causes
    }

    /// Values are not acceptable.
    static func validation(_ subject: String, _ causes: [String] = []) -> ManagementError {
        ManagementError(400, validationCode, "Api validation failed: \(subject)", causes: causes)
    }

    /// The code of values that are not acceptable.
    static let validationCode = "E0000001"

    /// One value is not acceptable.
    static func invalid(_ member: String, _ problem: String) -> ManagementError {
        validation(member, ["\(member): \(problem)"])
    }

    /// A value that must be unique is another's.
    static func taken(_ member: String) -> ManagementError {
        invalid(member, "An object with this field already exists in the current organization")
    }

    /// The body is not JSON of the form that belongs there.
    static func malformed(_ cause: String, status: Int = 400) -> ManagementError {
        ManagementError(status, "E0000003", "The request body was not well-formed.", causes: [cause])
    }

    /// There is no such resource.
    static func notFound(_ id: String, _ kind: String) -> ManagementError {
        // What somebody asks for is told again only as far as it is a name.
        let name = TextBounds.isIdentifier(id, upTo: 100) ? id : "?"
        return ManagementError(404, notFoundCode, "Not found: Resource not found: \(name) (\(kind))")
    }

    /// The code of what is not there.
    static let notFoundCode = "E0000007"

    /// The token is missing, or does not count.
    static let invalidToken = ManagementError(401, "E0000011", "Invalid token provided")

    /// The token may not do this.
    static func forbidden(_ scope: APIScope) -> ManagementError {
        var error = readOnly("the token has no scope \(scope)")
        error.missingScope = scope
        return error
    }

    /// The resource is the system's own.
    static func readOnly(_ cause: String) -> ManagementError {
        ManagementError(
            403, "E0000006", "You do not have permission to perform the requested action", causes: [cause])
    }

    /// Nobody can do this, with whatever token.
    static func unsupported(_ cause: String) -> ManagementError {
        ManagementError(501, "E0000060", "Unsupported operation.", causes: [cause])
    }

    /// The filter, search or cursor is not understood.
    static func search(_ cause: String) -> ManagementError {
        ManagementError(400, "E0000031", "Invalid search criteria.", causes: [cause])
    }

    /// Somebody changed the resource since the caller read it. The code is ours.
    static let changedMeanwhile = ManagementError(
        412, "C0000004", "The resource was changed since it was read: read it again, then decide.")
}

extension ManagementError {
    /// The refusal that an error of the verifier's parts stands for, where it is one that the caller can do something about.
    init?(_ error: any Error) {
        switch error {
        case let error as ManagementError: self = error
        case let error as VerifierError:
            self.init(
                error.status, error.code.rawValue,
                error.status == 429 ? "API call exceeded rate limit due to too many requests." : error.summary,
                causes: error.status == 429 ? [error.summary] : [])
        case let error as DirectoryError: self = Self.validation("\(error)")
        default: return nil
        }
    }
}
