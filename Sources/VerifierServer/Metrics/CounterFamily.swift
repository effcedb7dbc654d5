// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A number that only grows, for each of some label values (a counter of Prometheus').
///
/// The number of series is bounded: what comes beyond the bound is counted under `other`, so that no one who asks can make it grow
/// without end.
final class CounterFamily: Sendable {
    /// The most series of one family.
    static let maximumSeries = 2000

    let name: String
    let help: String
    let labels: [String]
    private let counts = Mutex<[[String]: Int]>([:])

    /// A family by its name, which ends in `_total`, and the names of its labels.
    init(_ name: String, labels: [String], help: String) {
        self.name = name
        self.labels = labels
        self.help = help
    }

    /// Counts one more, or so many; as many values as there are labels.
    func count(_ values: String..., by number: Int = 1) {
        counts.withLock { counts in
            let isRoom = counts.count < Self.maximumSeries || counts[values] != nil
            counts[isRoom ? values : labels.map { _ in "other" }, default: 0] += number
        }
    }

    /// How much was counted.
    subscript(values: String...) -> Int { counts.withLock { $0[values] ?? 0 } }

    func write(to text: inout MetricText) {
        text.head(name, "counter", help)
        let counts = counts.withLock { $0 }
        if labels.isEmpty { return text.sample(name, [], "\(counts[[]] ?? 0)") }
        for (values, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample(name, Array(zip(labels, values)), "\(count)")
        }
    }
}
