// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The body of an error of the verifier's own interface, in Okta's shape.
public struct ErrorEnvelope: Hashable, Sendable, Codable {
    /// The stable code, such as `E0000152`.
    public var errorCode: String
    /// What happened, for a person.
    public var errorSummary: String
    /// The code again, where a link would be.
    public var errorLink: String
    /// The name of this occurrence, also in the verifier's log.
    public var errorId: String
    /// Details, one summary each.
    public var errorCauses: [Cause]

    /// A detail of an error.
    public struct Cause: Hashable, Sendable, Codable {
        /// What exactly.
        public var errorSummary: String

        /// A detail.
        public init(errorSummary: String) { self.errorSummary = errorSummary }
    }

    /// An error body.
    public init(code: ErrorCode, summary: String, id: String, causes: [String] = []) {
        errorCode = code.rawValue
        errorSummary = summary
        errorLink = code.rawValue
        errorId = id
        errorCauses = causes.map(Cause.init)
    }
}

/// The codes that FastPass clients know, and ours.
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
    /// The code as it is sent.
    public let rawValue: String

    /// A code, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The body is not what belongs there.
    public static let malformed = ErrorCode(rawValue: "E0000003")
    /// A value is not acceptable.
    public static let validation = ErrorCode(rawValue: "E0000001")
    /// There is no such thing.
    public static let notFound = ErrorCode(rawValue: "E0000007")
    /// There is no such enrolment.
    public static let enrollmentNotFound = ErrorCode(rawValue: "E0000008")
    /// Whoever asks may not.
    public static let accessDenied = ErrorCode(rawValue: "E0000006")
    /// The token, signature or code does not count.
    public static let invalidToken = ErrorCode(rawValue: "E0000011")
    /// Too many requests.
    public static let rateLimited = ErrorCode(rawValue: "E0000047")
    /// The verifier failed.
    public static let internalError = ErrorCode(rawValue: "E0000009")
    /// The device was suspended.
    public static let deviceSuspended = ErrorCode(rawValue: "E0000152")
    /// The device was deleted.
    public static let deviceDeleted = ErrorCode(rawValue: "E0000153")
    /// The enrolment was deleted.
    public static let enrollmentDeleted = ErrorCode(rawValue: "E0000154")
    /// The user was suspended.
    public static let userSuspended = ErrorCode(rawValue: "E0000155")
    /// The user was deleted.
    public static let userDeleted = ErrorCode(rawValue: "E0000156")
    /// Policy wants a user-verification key.
    public static let userVerificationKeyRequired = ErrorCode(rawValue: "E0000158")
    /// The enrolment was suspended.
    public static let enrollmentSuspended = ErrorCode(rawValue: "E0000180")
    /// The response came through a page of another origin.
    public static let phishingAttemptDetected = ErrorCode(rawValue: "E0000212")
    /// The device's clock is too far from the verifier's. Ours.
    public static let clockSkew = ErrorCode(rawValue: "C0000001")
    /// The transaction is over: used, expired or superseded. Ours.
    public static let transactionOver = ErrorCode(rawValue: "C0000002")
    /// Policy wants a key in attested hardware. Ours.
    public static let hardwareKeyRequired = ErrorCode(rawValue: "C0000003")
}
