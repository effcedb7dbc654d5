// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import DeviceSignals
internal import WireProtocol

/// What a genuine response tells of its device, as far as it was asked.
struct ReportedDevice: Sendable {
    /// The agent's signals.
    var snapshot: PostureSnapshot
    /// The results of the organisation's own checks, by variable name.
    var checks: [String: PostureCheckReport] = [:]
    /// What other programs said, by provider.
    var providers: [String: ProviderReport] = [:]

    /// A report of signals alone.
    init(_ snapshot: PostureSnapshot) { self.snapshot = snapshot }

    /// What a response says of what its challenge asked for; all else is dropped, and of two reports of one name the first stands.
    init(_ claims: ResponseClaims, to challenge: IssuedChallenge) {
        snapshot = claims.deviceSignals.snapshot
        guard claims.devicePostureChecks != nil || claims.signalProviders != nil,
            let asked = try? UnverifiedChallenge(challenge.compact).claims
        else { return }
        let names = Set(asked.devicePostureChecks.map(\.variableName))
        for report in claims.devicePostureChecks ?? []
        where names.contains(report.variableName) && checks[report.variableName] == nil {
            checks[report.variableName] = report
        }
        let vendors = Set(asked.signalProviders.map(\.name))
        for element in claims.signalProviders ?? []
        where vendors.contains(element.name) && providers[element.name] == nil {
            providers[element.name] = ProviderReport(element)
        }
    }

    /// What policies judge.
    var evidence: DeviceEvidence {
        DeviceEvidence(
            snapshot,
            postureChecks: checks.mapValues { report in
                switch report.outcome {
                case .known(let value): .known(value)
                case .unknown(let reason): .unknown(reason: reason)
                case .timedOut: .timedOut
                }
            })
    }

    /// What the audit log says of it: names, and no value.
    var auditData: [String: String] {
        var data: [String: String] = [:]
        func add(_ key: String, _ names: [String]) {
            if !names.isEmpty { data[key] = names.sorted().joined(separator: " ") }
        }
        add("postureChecks", checks.filter { $0.value.value != nil }.map(\.key))
        add("postureChecksUnknown", checks.filter { $0.value.value == nil }.map(\.key))
        add("signalProviders", providers.filter { $0.value.error == nil }.map(\.key))
        add("signalProvidersUnknown", providers.filter { $0.value.error != nil }.map(\.key))
        return data
    }
}

/// What another program said of a device.
struct ProviderReport: Hashable, Sendable, Codable {
    /// The members of its JSON object, as `device.provider.NAME.MEMBER` names them; empty where it said anything else.
    var facts: [String: SignalValue] = [:]
    /// When the agent read it, in seconds since 1970.
    var timeCollected: Int64?
    /// Why there is nothing.
    var error: String?

    /// The most members that count; those beyond, in the order of their names, do not.
    static let maximumFacts = 64

    /// Reads an element. Members that are lists of anything but texts, objects, or no whole number are no facts.
    init(_ element: SignalProviderElement) {
        switch element.outcome {
        case .error(let reason): error = reason
        case .signal(let bytes, let time):
            timeCollected = time
            guard element.configuration?.format == "JSON" else { return }
            guard let members = try? JSON.decode([String: Fact].self, from: bytes) else {
                error = "it is no JSON object"
                return
            }
            for (name, fact) in members.sorted(by: { $0.key < $1.key }).prefix(Self.maximumFacts) {
                if let value = fact.value { facts[name] = value }
            }
        }
    }

    /// A member that may be a fact.
    private struct Fact: Decodable {
        let value: SignalValue?
        init(from decoder: any Decoder) throws { value = try? SignalValue(from: decoder) }
    }
}
