// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// What the store knows of a response's transaction and of who claims to answer.
struct ResponseEvidence: Sendable {
    /// The transaction of the verification URI.
    var transaction: SignInTransaction?
    /// The enrolment that the response names.
    var enrollment: EnrollmentRecord?
    /// The enrolment's device.
    var device: DeviceRecord?
    /// The transaction's user.
    var user: User?
}

/// What a genuine response says.
enum Appraisal: Sendable {
    /// The person signs in.
    case signIn(AuthenticatedIdentity, ReportedDevice, AuthenticationProof)
    /// The person did not want to, did not answer, or could not be verified: the sign-in's end.
    case declined(SignInFailure)
    /// An agent was handed the challenge by a page that it does not answer; the origin as the browser stated it.
    case phishingReport(origin: String, isForeign: Bool)
}

/// Why a response was refused.
struct ResponseRefusal: Error, Hashable, Sendable {
    /// What the agent is told.
    var error: VerifierError
    /// What the page is told, where the refusal ends the challenge: only ever of a response whose signature was good.
    var failure: SignInFailure?
    /// What the audit log says.
    var reason: String
    /// Whether the signature was good, so that what is said of the device is true.
    var isAuthentic = true

    /// A refusal before the signature was checked.
    static func unauthentic(_ status: Int, _ code: ErrorCode, _ summary: String) -> ResponseRefusal {
        ResponseRefusal(error: VerifierError(status, code, summary), failure: nil, reason: summary, isAuthentic: false)
    }

    /// A refusal of a genuine signature over claims that do not belong to this challenge.
    static func foreign(_ summary: String) -> ResponseRefusal {
        ResponseRefusal(error: VerifierError(401, .invalidToken, summary), failure: nil, reason: summary)
    }
}
