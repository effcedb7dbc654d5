// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// Where the agent keeps its enrolments. Every change is durable when the call returns, and all or nothing.
///
/// The daemon and commands of the same user share it: a change of one is seen by the other's next call.
package protocol EnrollmentStore: Sendable {
    /// All enrolments, by organisation and user.
    func all() async throws -> [Enrollment]
    /// Adds an enrolment.
    func insert(_ enrollment: Enrollment) async throws
    /// Removes one; no error where it is gone.
    func delete(id: String) async throws
    /// Replaces the pinned keys of every enrolment of an issuer, if they still stand at `sequence`.
    func advance(issuer: String, from sequence: Int, to pinned: PinnedKeySet) async throws

    /// The enrolments that were asked for and of which this device does not know whether they were made, the oldest first.
    func pending() async throws -> [PendingEnrollment]
    /// Adds one, before the verifier is asked.
    func add(_ pending: PendingEnrollment) async throws
    /// Replaces one by what it became; nothing happens where it is gone.
    func finish(_ pending: PendingEnrollment, as enrollment: Enrollment) async throws
    /// Removes one; no error where it is gone.
    func drop(_ pending: PendingEnrollment) async throws

    /// Adds a key to an enrolment, after all others of its purpose, before the verifier is asked.
    func add(_ spare: EnrolledSpare, named name: KeyName?, to enrollmentID: String) async throws
    /// Notes that the verifier has a key: it signs from now on. Nothing happens where it is gone.
    func confirmKey(id: String) async throws
    /// Removes a key; the oldest spare of its purpose takes its place.
    ///
    /// - Returns: `false` where it stays: the client instance key and the last proof-of-possession key go with the enrolment
    ///   alone. One that is gone is removed.
    func removeKey(id: String) async throws -> Bool
    /// Notes of keys by their ids whether the verifier knows by an attestation that they are in hardware; no error where one is gone.
    func noteAttested(_ attested: [String: Bool]) async throws
    /// Names a key; no error where it is gone.
    func nameKey(id: String, _ name: KeyName) async throws
}
