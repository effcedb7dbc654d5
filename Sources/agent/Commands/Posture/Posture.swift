// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture
internal import DeviceSignals

/// The readings of one time with their guides, in the order in which they are shown.
struct Posture {
    /// One signal.
    struct Entry {
        let group: String
        let guide: SignalGuide
        var reading: SignalReading
        let remedy: SignalGuide.Remedy?
        /// Whether the reading was left out because it tells this device or the person from others.
        var isRedacted = false

        var standing: SignalGuide.Standing { guide.standing(of: reading.state) }
    }

    var entries: [Entry]
    /// What was read, unredacted: what a policy judges.
    let snapshot: PostureSnapshot
}

/// Reads signals and puts them beside their guides.
struct PostureReporter: Sendable {
    private let collector: PostureCollector
    private let distribution: Distribution
    private let redaction: PostureRedaction?
    private let origins: [String]?

    /// - Parameter origins: the origins of the organisations that this device is enrolled with; `nil` where it is not known.
    init(system: SystemView, redact: Bool, origins: [String]? = nil) {
        self.origins = origins
        collector = PostureCollector(system: system)
        distribution = Distribution.detect(in: system)
        redaction = redact ? PostureRedaction(system: system) : nil
    }

    /// Reads all signals.
    func snapshot() async -> PostureSnapshot {
        await collector.snapshot(of: collector.names, organizationOrigins: origins)
    }

    /// Reads one signal.
    func snapshot(of name: SignalName) async -> PostureSnapshot {
        await collector.snapshot(of: [name], organizationOrigins: origins)
    }

    /// What was read, with its guides.
    func posture(_ snapshot: PostureSnapshot) -> Posture {
        var entries: [Posture.Entry] = []
        for group in SignalGroup.all {
            for guide in group.guides {
                guard let reading = snapshot[guide.name] else { continue }
                let entry = Posture.Entry(
                    group: group.title, guide: guide, reading: reading,
                    remedy: guide.remedy(of: reading.state, on: distribution))
                entries.append(redaction?.redacted(entry) ?? entry)
            }
        }
        return Posture(entries: entries, snapshot: snapshot)
    }
}
