// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How long things took, for each value of one label (a histogram of Prometheus'), in seconds.
final class HistogramFamily: Sendable {
    private struct Series {
        /// How many took at most the bound of the same place, and no bound before it; the last place is for what took longer.
        var counts: [Int]
        var sum = 0.0
    }

    let name: String
    let help: String
    let label: String
    private let bounds: [Double]
    private let series = Mutex<[String: Series]>([:])

    /// A family by its name, which ends in `_seconds`; the bounds ascend.
    init(_ name: String, label: String, bounds: [Double], help: String) {
        self.name = name
        self.label = label
        self.bounds = bounds
        self.help = help
    }

    /// Notes how long something took.
    func observe(_ value: String, _ duration: Duration) {
        let parts = duration.components
        let seconds = Double(parts.seconds) + Double(parts.attoseconds) / 1e18
        let place = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        series.withLock { series in
            let isRoom = series.count < CounterFamily.maximumSeries || series[value] != nil
            let empty = Series(counts: Array(repeating: 0, count: bounds.count + 1))
            let key = isRoom ? value : "other"
            series[key, default: empty].counts[place] += 1
            series[key, default: empty].sum += seconds
        }
    }

    func write(to text: inout MetricText) {
        text.head(name, "histogram", help)
        for (value, series) in series.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            var total = 0
            for (place, count) in series.counts.enumerated() {
                total += count
                let bound = place < bounds.count ? "\(bounds[place])" : "+Inf"
                text.sample("\(name)_bucket", [(label, value), ("le", bound)], "\(total)")
            }
            text.sample("\(name)_sum", [(label, value)], "\(series.sum)")
            text.sample("\(name)_count", [(label, value)], "\(total)")
        }
    }
}
