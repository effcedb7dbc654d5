// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What can go wrong on a message bus.
package enum BusProblem: Hashable, Sendable {
    /// There is no bus, or it went away.
    case noBus
    /// The service is not on the bus.
    case noService
    /// The service does not answer.
    case noReply
    /// The service refused a call, by the error's name.
    case refused(member: String, error: String)
    /// A message does not hold what belongs there.
    case malformed
}

/// What a client of a service throws.
package protocol BusFailure: Error {
    /// What a problem on the bus means to the client.
    init(_ problem: BusProblem)
}
