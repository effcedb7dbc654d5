// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What came of a check of an organisation's own on a device.
///
/// Unknown is a state of its own, as it is of signals: no failure ever becomes a value.
public struct PostureCheckReport: Hashable, Sendable {
    /// The value as text, or why there is none.
    public enum Outcome: Hashable, Sendable {
        /// The query answered, and this is it.
        case known(String)
        /// It could not be answered; the reason is for a person.
        case unknown(reason: String)
        /// It was ended because it took longer than the device allows.
        case timedOut
    }

    /// The check's name.
    public var variableName: String
    /// What came of it.
    public var outcome: Outcome
    /// What answered: `signals`, or the path of osqueryi.
    public var source: String

    /// The longest value, in bytes of UTF-8.
    public static let maximumValueLength = 256
    /// The longest reason and source, in bytes of UTF-8.
    public static let maximumReasonLength = 300

    /// A report.
    public init(variableName: String, _ outcome: Outcome, source: String) {
        self.variableName = variableName
        self.outcome = outcome
        self.source = source
    }

    /// The value, where it is known.
    public var value: String? {
        if case .known(let value) = outcome { value } else { nil }
    }
}

extension PostureCheckReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case variableName, state, value, reason, source
    }

    private enum StateName: String, Codable {
        case known, unknown, timedOut
    }

    /// Reads a report, and refuses one that is longer than a device may send.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys, upTo limit: Int) throws -> String {
            let text = try members.decode(String.self, forKey: key)
            guard text.utf8.count <= limit else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: members, debugDescription: "longer than \(limit) bytes")
            }
            return text
        }
        variableName = try members.decode(String.self, forKey: .variableName)
        guard PostureCheckRequest.isVariableName(variableName) else {
            throw DecodingError.dataCorruptedError(
                forKey: .variableName, in: members, debugDescription: "not a variable's name")
        }
        outcome =
            switch try members.decode(StateName.self, forKey: .state) {
            case .known: .known(try text(.value, upTo: Self.maximumValueLength))
            case .unknown: .unknown(reason: try text(.reason, upTo: Self.maximumReasonLength))
            case .timedOut: .timedOut
            }
        source = try text(.source, upTo: Self.maximumReasonLength)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(variableName, forKey: .variableName)
        switch outcome {
        case .known(let value):
            try members.encode(StateName.known, forKey: .state)
            try members.encode(value, forKey: .value)
        case .unknown(let reason):
            try members.encode(StateName.unknown, forKey: .state)
            try members.encode(reason, forKey: .reason)
        case .timedOut: try members.encode(StateName.timedOut, forKey: .state)
        }
        try members.encode(source, forKey: .source)
    }
}
