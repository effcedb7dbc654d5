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
/// Collectors that may wait run side by side on threads of their own. One that has not answered at the deadline is reported as
/// unknown; it is cancelled and no longer waited for.
public struct PostureCollector: Sendable {
    /// The most signals that one snapshot has; names beyond are left out.
    public static let maximumSignals = 256

    private let collectors: [any SignalCollector]
    private let system: SystemView
    private let deadline: Duration
    private let executor = BlockingTaskExecutor(label: "device-posture")
    private let deadlines = DeadlineWatch()

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
    ///
    /// - Parameters:
    ///   - names: the signals.
    ///   - origins: the origins of the organisations that this device is enrolled with, for the signals that are about them;
    ///     `nil` where it is not known.
    public func snapshot(of names: [SignalName], organizationOrigins origins: [String]? = nil) async -> PostureSnapshot
    {
        var system = system
        if let origins { system.organizationOrigins = origins }
        let wanted = Self.unique(names).prefix(Self.maximumSignals)
        let answers = await ask(for: Set(wanted), in: system)
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

    private struct Question: Sendable {
        let index: Int
        let collector: any SignalCollector
        let names: Set<SignalName>
    }

    /// The answers of the collectors in their order, without those that were too late.
    private func ask(for wanted: Set<SignalName>, in system: SystemView) async -> [[SignalName: SignalReading]] {
        let asked = collectors.map { ($0, wanted.intersection($0.signals)) }.filter { !$0.1.isEmpty }
        let questions = asked.enumerated().map { Question(index: $0, collector: $1.0, names: $1.1) }
        guard !questions.isEmpty else { return [] }
        let gathering = Gathering(count: questions.count)
        deadlines.watch(gathering, until: .now + deadline)
        let tasks = Self.shares(of: questions).map { share in
            Task(executorPreference: executor) {
                for question in share where !Task.isCancelled {
                    let answer = await question.collector.collect(question.names, in: system)
                    gathering.add(answer.filter { question.names.contains($0.key) }, at: question.index)
                }
            }
        }
        await withTaskCancellationHandler {
            await gathering.wait()
        } onCancel: {
            gathering.end()
        }
        deadlines.forget(gathering)
        for task in tasks { task.cancel() }
        return gathering.answers
    }

    /// Questions for one thread each: those that never wait together, and before one that may; so nothing waits for another.
    private static func shares(of questions: [Question]) -> [[Question]] {
        let quick = questions.filter { !$0.collector.mayWait }
        var shares = questions.filter(\.collector.mayWait).map { [$0] }
        guard !shares.isEmpty else { return [quick] }
        shares[0].insert(contentsOf: quick, at: 0)
        return shares
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
        if utf8.count <= limit, utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return self }
        let printable = unicodeScalars.lazy.filter { !($0.value < 0x20 || (0x7f...0x9f).contains($0.value)) }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: printable.prefix(limit))
        return String(view)
    }
}
