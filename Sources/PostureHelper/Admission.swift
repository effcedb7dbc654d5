// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DevicePosture
internal import Synchronization

/// Decides which connections are served: by their user, by how often that user asked, by how many are open.
///
/// Every table has a bound, so that nobody can make the helper grow; a person with subordinate uids counts as many users.
package final class Admission: Sendable {
    /// The bounds.
    package struct Limits: Sendable {
        /// Open connections of all users.
        package var connections = 8
        /// Open connections of one user.
        package var connectionsOfUser = 2
        /// Questions that a user may ask at once after a pause.
        package var burst = 20
        /// The time after which one more may be asked.
        package var interval = Duration.seconds(1)
        /// Users whose questions are counted at a time.
        package var users = 64

        /// The bounds of a helper that is installed.
        package init() {}
    }

    /// A refusal, and whether it is worth a line in the log: what is repeated is not.
    package struct Refused: Error, Hashable, Sendable {
        /// What the user is told.
        package let refusal: HelperRefusal
        /// Whether it is the first of its kind.
        package let isNews: Bool
    }

    /// What one user has used: a bucket that fills up again.
    private struct Use {
        /// When the bucket is full again.
        var full: ContinuousClock.Instant
        var open = 0
        var wasRefused = false
    }

    private let limits: Limits
    private let isServed: @Sendable (UInt32) -> Bool
    private let uses = Mutex<[UInt32: Use]>([:])

    /// An admission with these bounds.
    ///
    /// - Parameter isServed: whether a user is served at all.
    package init(
        limits: Limits = Limits(), isServed: @escaping @Sendable (UInt32) -> Bool = ServedUsers.contain
    ) {
        self.limits = limits
        self.isServed = isServed
    }

    /// How many connections are open.
    package var open: Int { uses.withLock { $0.values.reduce(0) { $0 + $1.open } } }

    /// Lets a connection in; each that came in must go out by ``leave(_:)``.
    package func enter(_ userID: UInt32, at now: ContinuousClock.Instant = .now) throws(Refused) {
        let refused = uses.withLock { uses in
            let refusal = use(of: userID, in: &uses, at: now)
            guard let refusal else { return Refused?.none }
            let isNews = !(uses[userID]?.wasRefused ?? true)
            uses[userID]?.wasRefused = true
            return Refused(refusal: refusal, isNews: isNews)
        }
        if let refused { throw refused }
    }

    /// A connection of a user is closed.
    package func leave(_ userID: UInt32) {
        uses.withLock { $0[userID]?.open -= 1 }
    }

    /// Counts a connection of a user, or gives the reason why it is refused.
    private func use(
        of userID: UInt32, in uses: inout [UInt32: Use], at now: ContinuousClock.Instant
    ) -> HelperRefusal? {
        if uses[userID] == nil, uses.count >= limits.users {
            uses = uses.filter { $0.value.open > 0 || $0.value.full > now }
            guard uses.count < limits.users else { return .busy }
        }
        var use = uses[userID] ?? Use(full: now)
        if use.full <= now { use = Use(full: now, open: use.open) }
        defer { uses[userID] = use }
        guard now.duration(to: use.full) + limits.interval <= limits.interval * limits.burst else { return .tooOften }
        use.full += limits.interval
        guard isServed(userID) else { return .notServed }
        guard use.open < limits.connectionsOfUser, uses.values.reduce(0, { $0 + $1.open }) < limits.connections else {
            return .busy
        }
        use.open += 1
        return nil
    }
}
