// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What is known of a signal.
///
/// Unknown is a state of its own: nothing may turn it into `false`, `NONE` or "compliant".
public enum SignalState: Hashable, Sendable {
    /// It was read, and this is it.
    case known(SignalValue)
    /// It applies to this machine, but could not be read; the reason is for a person.
    case unknown(reason: String)
    /// It has no meaning on this machine, such as a screen lock on a server; the reason is for a person.
    case notApplicable(reason: String)
}

/// Whose rights the reading was made with.
public enum SignalPrivilege: String, Hashable, Sendable, Codable {
    /// The person's own.
    case user
    /// The superuser's, through the posture helper.
    case root
}

/// One signal as it was read: its state, and how it is known.
public struct SignalReading: Hashable, Sendable {
    /// The value, or why there is none.
    public var state: SignalState
    /// Where it was read, such as `/etc/os-release`; for a person, at most some 200 characters.
    public var source: String
    /// When it was read, in seconds since 1970-01-01 UTC.
    public var collectedAt: Int64
    /// Whose rights it was read with.
    public var privilege: SignalPrivilege
    /// What was seen on the way to the value, a line each, for a person who asks why.
    public var evidence: [String]

    /// A reading with all that is known of it.
    public init(
        _ state: SignalState, source: String, collectedAt: Int64, privilege: SignalPrivilege = .user,
        evidence: [String] = []
    ) {
        self.state = state
        self.source = source
        self.collectedAt = collectedAt
        self.privilege = privilege
        self.evidence = evidence
    }

    /// The value, where it is known.
    public var value: SignalValue? {
        if case .known(let value) = state { value } else { nil }
    }
}

extension SignalReading: Codable {
    private enum CodingKeys: String, CodingKey {
        case state, value, reason, source, collectedAt, privilege, evidence
    }

    private enum StateName: String, Codable {
        case known, unknown, notApplicable
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        state =
            switch try container.decode(StateName.self, forKey: .state) {
            case .known: .known(try container.decode(SignalValue.self, forKey: .value))
            case .unknown: .unknown(reason: try container.decode(String.self, forKey: .reason))
            case .notApplicable: .notApplicable(reason: try container.decode(String.self, forKey: .reason))
            }
        source = try container.decode(String.self, forKey: .source)
        collectedAt = try container.decode(Int64.self, forKey: .collectedAt)
        privilege = try container.decode(SignalPrivilege.self, forKey: .privilege)
        evidence = try container.decodeIfPresent([String].self, forKey: .evidence) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch state {
        case .known(let value):
            try container.encode(StateName.known, forKey: .state)
            try container.encode(value, forKey: .value)
        case .unknown(let reason):
            try container.encode(StateName.unknown, forKey: .state)
            try container.encode(reason, forKey: .reason)
        case .notApplicable(let reason):
            try container.encode(StateName.notApplicable, forKey: .state)
            try container.encode(reason, forKey: .reason)
        }
        try container.encode(source, forKey: .source)
        try container.encode(collectedAt, forKey: .collectedAt)
        try container.encode(privilege, forKey: .privilege)
        if !evidence.isEmpty { try container.encode(evidence, forKey: .evidence) }
    }
}
