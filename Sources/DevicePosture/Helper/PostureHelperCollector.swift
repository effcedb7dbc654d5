// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals

/// The signals that the posture helper reads with the superuser's rights, as it tells them to this user.
///
/// Where there is no helper they are unknown from here, and what other collectors read stands.
package struct PostureHelperCollector: SignalCollector {
    private let client: PostureHelperClient

    /// A collector that asks through a client.
    package init(client: PostureHelperClient = PostureHelperClient()) { self.client = client }

    package var signals: [SignalName] { PostureQuestion.allCases.flatMap(\.signals) }

    package func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        guard system.isLive else {
            return all(
                requested, .unknown("needs the posture helper, which knows a live system only", source: "-"), system)
        }
        let questions = PostureQuestion.allCases.filter { !requested.isDisjoint(with: $0.signals) }
        let answer: PostureSnapshot
        do throws(PostureHelperFailure) {
            answer = try client.ask(questions)
        } catch {
            return all(requested, .unknown(error.reason, source: Self.source), system)
        }
        // What was not asked is dropped, and what does not say that root read it is no answer of the helper's.
        let readings = answer.readings.filter { requested.contains($0.key) && $0.value.privilege == .root }
        let missing = requested.subtracting(readings.keys)
        let finding = Finding.unknown("needs a newer posture helper: this one does not tell it", source: Self.source)
        return all(missing, finding, system).merging(readings) { $1 }
    }

    private static let source = "posture-helper"

    /// One finding for several signals.
    private func all(
        _ names: Set<SignalName>, _ finding: Finding, _ system: SystemView
    ) -> [SignalName: SignalReading] {
        names.intersection(signals).reduce(into: [:]) { $0[$1] = system.reading(of: finding) }
    }
}
