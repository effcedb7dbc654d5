// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture
internal import DeviceSignals

/// What `agent posture --json` prints: docs/posture.schema.json is its schema.
struct PostureDocument: Encodable {
    /// One signal.
    struct Signal {
        let entry: Posture.Entry

        fileprivate enum Key: String, CodingKey {
            case id, title, group, state, value, reason, redacted, source, collectedAt, privilege, evidence, standing,
                remedy
        }
        fileprivate enum RemedyKey: String, CodingKey {
            case advice, command
        }
    }

    let signals: [Signal]
    let verdict: PostureVerdict?
    let signalProviders: [PostureReportsDocument.Provider]?
    let customChecks: PostureReportsDocument.Checks?

    init(_ posture: Posture, verdict: PostureVerdict?, reports: PostureReportsDocument? = nil) {
        signals = posture.entries.map(Signal.init)
        self.verdict = verdict
        signalProviders = reports?.signalProviders
        customChecks = reports?.customChecks
    }
}

extension PostureDocument.Signal: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(entry.guide.name, forKey: .id)
        try container.encode(entry.guide.title, forKey: .title)
        try container.encode(entry.group, forKey: .group)
        try encodeState(to: &container)
        try container.encode(entry.reading.source, forKey: .source)
        try container.encode(entry.reading.collectedAt, forKey: .collectedAt)
        try container.encode(entry.reading.privilege, forKey: .privilege)
        if !entry.reading.evidence.isEmpty { try container.encode(entry.reading.evidence, forKey: .evidence) }
        try container.encode(entry.standing.word, forKey: .standing)
        if let remedy = entry.remedy {
            var nested = container.nestedContainer(keyedBy: RemedyKey.self, forKey: .remedy)
            try nested.encode(remedy.advice, forKey: .advice)
            try nested.encodeIfPresent(remedy.command, forKey: .command)
        }
    }

    private func encodeState(to container: inout KeyedEncodingContainer<Key>) throws {
        switch entry.reading.state {
        case .known(let value):
            try container.encode("known", forKey: .state)
            if entry.isRedacted {
                try container.encode(true, forKey: .redacted)
            } else {
                try container.encode(value, forKey: .value)
            }
        case .unknown(let reason):
            try container.encode("unknown", forKey: .state)
            try container.encode(reason, forKey: .reason)
        case .notApplicable(let reason):
            try container.encode("notApplicable", forKey: .state)
            try container.encode(reason, forKey: .reason)
        }
    }
}

extension SignalGuide.Standing {
    /// The word for a program.
    var word: String {
        switch self {
        case .wrong: "wrong"
        case .unknown: "unknown"
        case .good: "good"
        case .plain: "plain"
        }
    }
}
