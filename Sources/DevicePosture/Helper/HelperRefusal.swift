// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why the posture helper does not answer, as it says so on the connection.
package enum HelperRefusal: String, Error, Hashable, Sendable, Codable {
    /// The request is none.
    case malformed
    /// The request is of another version of the protocol.
    case otherVersion
    /// This user is not served.
    case notServed
    /// This user asked too often.
    case tooOften
    /// Too many connections are open.
    case busy
    /// The request took too long to come.
    case tooSlow
    /// The answer could not be made.
    case failed

    /// The refusal as the end of a sentence that begins with the helper.
    var predicate: String {
        switch self {
        case .malformed, .otherVersion: "does not understand this agent: install both of the same version"
        case .notServed: "does not serve this user"
        case .tooOften: "was asked too often by this user"
        case .busy: "is busy"
        case .tooSlow: "waited in vain for the question"
        case .failed: "could not make its answer"
        }
    }
}
