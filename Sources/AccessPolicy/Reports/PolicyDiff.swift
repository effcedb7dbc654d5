// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What other policies would decide differently about the same requests.
public struct PolicyDiff: Hashable, Sendable {
    /// What kind of difference it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Let in before, kept out now.
        case nowDenied
        /// Kept out before, let in now.
        case nowAllowed
        /// Let in as before, with something else to prove.
        case otherVerification
        /// Let in as before, with another offer to stay signed in.
        case otherSession
        /// The same for the person, by another rule.
        case otherRule
    }

    /// A request that is decided differently.
    public struct Change: Hashable, Sendable {
        /// The number of the request, from 0.
        public var index: Int
        /// The kind of difference.
        public var kind: Kind
        /// What was decided.
        public var before: AccessPolicyDecision
        /// What is decided now.
        public var after: AccessPolicyDecision
    }

    /// How many requests were asked.
    public private(set) var requests = 0
    /// How many differences of each kind there are.
    public private(set) var counts: [Kind: Int] = [:]
    /// The first differences, up to ``limit``.
    public private(set) var changes: [Change] = []
    /// The most differences that are kept.
    public let limit: Int

    private let old: AccessPolicyEvaluator
    private let new: AccessPolicyEvaluator

    /// A comparison of no requests yet.
    public init(from old: AccessPolicyEvaluator, to new: AccessPolicyEvaluator, limit: Int = 1000) {
        self.old = old
        self.new = new
        self.limit = limit
    }

    /// Asks both about a request.
    public mutating func add(_ request: AccessRequest) {
        let before = old.evaluate(request)
        let after = new.evaluate(request)
        defer { requests += 1 }
        guard let kind = Self.difference(before, after) else { return }
        counts[kind, default: 0] += 1
        guard changes.count < limit else { return }
        changes.append(Change(index: requests, kind: kind, before: before, after: after))
    }

    /// How two decisions differ; `nil` where they do not.
    static func difference(_ before: AccessPolicyDecision, _ after: AccessPolicyDecision) -> Kind? {
        if before.access != after.access { return after.access == .deny ? .nowDenied : .nowAllowed }
        if before.verification != after.verification { return .otherVerification }
        if before.keepMeSignedIn != after.keepMeSignedIn { return .otherSession }
        return before.rule != after.rule || before.policy != after.policy ? .otherRule : nil
    }

    public static func == (left: PolicyDiff, right: PolicyDiff) -> Bool {
        left.requests == right.requests && left.counts == right.counts && left.changes == right.changes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(requests)
        hasher.combine(counts)
        hasher.combine(changes)
    }

    /// The differences for a program.
    public var json: JSONValue {
        .object(of: [
            ("requests", .integer(Int64(requests))),
            (
                "counts",
                .object(
                    of: Kind.allCases.map { ($0.rawValue, .integer(Int64(counts[$0] ?? 0))) })
            ),
            (
                "changes",
                .array(
                    changes.map { change in
                        .object(of: [
                            ("request", .integer(Int64(change.index))), ("kind", .string(change.kind.rawValue)),
                            ("before", change.before.json), ("after", change.after.json),
                        ])
                    })
            ),
        ])
    }
}
