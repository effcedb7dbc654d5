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
}
