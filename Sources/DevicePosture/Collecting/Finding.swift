// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals

/// What a collector found out about one signal, before it is stamped with the time.
package struct Finding: Hashable, Sendable {
    /// The value, or why there is none.
    package var state: SignalState
    /// Where it was read.
    package var source: String
    /// What was seen on the way, a line each.
    package var evidence: [String]

    /// A finding.
    package init(_ state: SignalState, source: String, evidence: [String] = []) {
        self.state = state
        self.source = source
        self.evidence = evidence
    }

    /// A text that was read.
    static func known(_ value: String, source: String, evidence: [String] = []) -> Finding {
        Finding(.known(.string(value)), source: source, evidence: evidence)
    }

    /// A yes or no that was read.
    static func known(_ value: Bool, source: String, evidence: [String] = []) -> Finding {
        Finding(.known(.boolean(value)), source: source, evidence: evidence)
    }

    /// A signal that applies but could not be read.
    static func unknown(_ reason: String, source: String, evidence: [String] = []) -> Finding {
        Finding(.unknown(reason: reason), source: source, evidence: evidence)
    }

    /// A signal that could not be read because of one file.
    static func unknown(_ failure: ReadFailure, at path: String, evidence: [String] = []) -> Finding {
        Finding(.unknown(reason: "\(path) \(failure.predicate)"), source: path, evidence: evidence)
    }

    /// A signal without a meaning on this machine.
    static func notApplicable(_ reason: String, source: String, evidence: [String] = []) -> Finding {
        Finding(.notApplicable(reason: reason), source: source, evidence: evidence)
    }
}

/// A collector of a single signal, which reads files and does not wait for anything.
protocol SingleSignalCollector: SignalCollector {
    /// The signal.
    static var name: SignalName { get }
    /// All files that the finding is made of, where it holds as long as they are unchanged; `nil` where it is read each time.
    static var lastingSources: [String]? { get }

    /// Reads the signal.
    func find(in system: SystemView) -> Finding
}

extension SingleSignalCollector {
    package var signals: [SignalName] { [Self.name] }
    package var mayWait: Bool { false }
    static var lastingSources: [String]? { nil }

    package func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        guard requested.contains(Self.name) else { return [:] }
        guard let sources = Self.lastingSources, let facts = system.facts else {
            return [Self.name: system.reading(of: find(in: system))]
        }
        let finding = facts.finding(named: Self.name.rawValue, from: sources, in: system) { find(in: system) }
        return [Self.name: system.reading(of: finding)]
    }
}
