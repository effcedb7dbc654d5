// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// Who may enrol a device or add a key: proven before the request is looked at.
package enum EnrollmentAuthority: Hashable, Sendable {
    /// A person who signed in, by the id of their access token, which counts for one enrolment or one key.
    case accessToken(id: String)
    /// A one-time code as it was typed.
    case code(String)
    /// Nobody: who asks only finishes an enrolment that this very request made before, by an `SSWS` token of one of its keys.
    case earlierRequest(token: String)
}

/// Enrolment of devices, without HTTP.
package protocol EnrollmentService: Sendable {
    /// What agents are told before they enrol.
    func configuration() async throws -> AuthenticatorConfiguration
    /// The announcements after a number.
    func announcements(after sequence: Int) async throws -> KeySetAnnouncements
    /// Gives what the hardware of an enrolment's keys is to certify.
    func attestationChallenge(_ request: AttestationRequest, address: String) async throws -> AttestationChallenge
    /// Enrols a device. The same request again, by `requestID`, answers the enrolment that the first one made; with
    /// ``EnrollmentAuthority/earlierRequest(token:)`` that is all it can do.
    func enroll(
        _ request: EnrollmentRequest, authority: EnrollmentAuthority, address: String
    ) async throws -> EnrollmentResponse
    /// Deletes an enrolment, authorised by an `SSWS` token.
    func delete(enrollmentID: String, token: String, address: String) async throws
    /// Adds a spare key to an enrolment of the authority's person. The same request again answers what the first one made.
    func addKey(
        _ request: AddKeyRequest, to enrollmentID: String, authority: EnrollmentAuthority, address: String
    ) async throws -> AddKeyResponse
    /// The keys with which an enrolment signs in, authorised by an `SSWS` token.
    func keys(of enrollmentID: String, token: String, address: String) async throws -> EnrolledKeyList
    /// Removes a key from an enrolment, authorised by an `SSWS` token; what rests on the enrolment ends.
    func removeKey(_ keyID: String, of enrollmentID: String, token: String, address: String) async throws
}
