// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What is known of pending security updates.
struct SecurityUpdates: Hashable, Sendable {
    /// A part that is known or not.
    enum Part<Value: Hashable & Sendable>: Hashable, Sendable {
        case known(Value)
        case unknown(String)
    }

    /// How many packages lack an update.
    struct Counts: Hashable, Sendable {
        /// All of them.
        var pending: Int
        /// Those that the machine's owner holds back; `nil` where the package manager does not tell.
        var held: Int?
    }

    /// How many.
    var counts: Part<Counts>
    /// How old that knowledge is, in hours.
    var age: Part<Int>
    /// Where it was read.
    var source: String
    /// What was seen.
    var evidence: [String] = []

    init(counts: Part<Counts>, age: Part<Int>, source: String, evidence: [String] = []) {
        (self.counts, self.age, self.source, self.evidence) = (counts, age, source, evidence)
    }

    /// Nothing is known, for one reason.
    init(unknown reason: String, source: String) {
        self.init(counts: .unknown(reason), age: .unknown(reason), source: source)
    }
}
