// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The body that a page posts to `/challenge`.
public struct ChallengeRequest: Hashable, Sendable, Codable {
    /// The compact JWS of a challenge.
    public var challengeRequest: String

    /// A request.
    public init(challengeRequest: String) { self.challengeRequest = challengeRequest }
}

/// What the loopback endpoint answers where it does not answer 200.
public struct LoopbackError: Hashable, Sendable, Codable {
    /// A stable word for programs.
    public var error: String
    /// A sentence for a person.
    public var message: String

    /// An error.
    public init(error: String, message: String) {
        self.error = error
        self.message = message
    }
}
