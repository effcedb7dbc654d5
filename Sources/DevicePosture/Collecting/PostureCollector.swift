// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
public import DeviceSignals

/// Reads the signals that are asked for: the composition of all collectors over one view of the system.
///
/// Where several collectors read the same signal, a value stands before "not applicable", and that before "unknown"; among
/// equals the reading with the superuser's rights stands, then the one of the earlier collector. So a privileged helper is
/// one more collector in the list.
///
/// Collectors run side by side on threads of their own. One that has not answered at the deadline is reported as unknown; it
/// is cancelled and no longer waited for.
public struct PostureCollector: Sendable {
    /// The most signals that one snapshot has; names beyond are left out.
    public static let maximumSignals = 256

    private let collectors: [any SignalCollector]
    private let system: SystemView
    private let deadline: Duration
    private let executor = BlockingTaskExecutor(label: "device-posture")

    /// A composition of collectors.
    ///
    /// - Parameters:
    ///   - collectors: the collectors; their order matters only among equal readings of one signal.
    ///   - system: what they read.
    ///   - deadline: how long one snapshot may take at most.
    public init(
        collectors: [any SignalCollector] = .standard, system: SystemView = .live, deadline: Duration = .seconds(3)
    ) {
        self.collectors = collectors
        self.system = system
        self.deadline = deadline
    }

    /// The signals that these collectors can read, in the order of the collectors, each once.
    public var names: [SignalName] { Self.unique(collectors.flatMap(\.signals)) }

    /// Reads the named signals; each of them has a reading in the answer.
    ///
    /// A name that no collector reads is unknown, with that as its reason.
    public func snapshot(of names: [SignalName]) async -> PostureSnapshot {
        let wanted = Self.unique(names).prefix(Self.maximumSignals)
        let answers = await ask(for: Set(wanted))
        var snapshot = PostureSnapshot()
        for name in wanted {
            let readings = answers.compactMap { $0[name] }
            // `max` would keep the last among equals.
            let best = readings.dropFirst().reduce(readings.first) { best, next in
                best.map { next.weight > $0.weight ? next : $0 }
            }
            snapshot[name] = (best ?? missing(name)).bounded
        }
        return snapshot
    }

    /// Why there is no reading of a name.
    private func missing(_ name: SignalName) -> SignalReading {
        let isCollected = collectors.contains { $0.signals.contains(name) }
        return system.reading(
            of: .unknown(
                isCollected
                    ? "it could not be read within \(deadline.components.seconds) s" : "this agent does not collect it",
                source: "agent"))
    }

    private enum Event: Sendable {
        case answered(Int, [SignalName: SignalReading])
        case deadline
    }

    /// The answers of the collectors in their order, without those that were too late.
    private func ask(for wanted: Set<SignalName>) async -> [[SignalName: SignalReading]] {
        var answers = [[SignalName: SignalReading]](repeating: [:], count: collectors.count)
        let (events, feed) = AsyncStream<Event>.makeStream()
        var tasks: [Task<Void, Never>] = []
        for (index, collector) in collectors.enumerated() {
            let requested = wanted.intersection(collector.signals)
            guard !requested.isEmpty else { continue }
            tasks.append(
                Task(executorPreference: executor) { [system] in
                    let answer = await collector.collect(requested, in: system)
                    feed.yield(.answered(index, answer.filter { requested.contains($0.key) }))
                })
        }
        guard !tasks.isEmpty else { return answers }
        var open = tasks.count
        let timer = Task { [deadline] in
            try? await Task.sleep(for: deadline)
            feed.yield(.deadline)
        }
        loop: for await event in events {
            switch event {
            case .answered(let index, let answer):
                answers[index] = answer
                open -= 1
                if open == 0 { break loop }
            case .deadline:
                break loop
            }
        }
        timer.cancel()
        for task in tasks { task.cancel() }
        return answers
    }

    private static func unique(_ names: [SignalName]) -> [SignalName] {
        var seen: Set<SignalName> = []
        return names.filter { seen.insert($0).inserted }
    }
}

extension SignalReading {
    /// How much this reading tells: the more, the better.
    fileprivate var weight: Int {
        let byState =
            switch state {
            case .known: 4
            case .notApplicable: 2
            case .unknown: 0
            }
        return byState + (privilege == .root ? 1 : 0)
    }

    /// The reading with every text cut to what a response carries.
    fileprivate var bounded: SignalReading {
        var reading = self
        reading.source = source.cut(to: 200)
        reading.evidence = evidence.prefix(32).map { $0.cut(to: 200) }
        reading.state =
            switch state {
            case .known(.string(let text)): .known(.string(text.cut(to: 256)))
            case .known(.strings(let texts)): .known(.strings(texts.prefix(256).map { $0.cut(to: 256) }))
            case .known: state
            case .unknown(let reason): .unknown(reason: reason.cut(to: 300))
            case .notApplicable(let reason): .notApplicable(reason: reason.cut(to: 300))
            }
        return reading
    }
}

extension String {
    /// The first characters, without control characters.
    fileprivate func cut(to limit: Int) -> String {
        let printable = unicodeScalars.lazy.filter { !($0.value < 0x20 || (0x7f...0x9f).contains($0.value)) }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: printable.prefix(limit))
        return String(view)
    }
}
