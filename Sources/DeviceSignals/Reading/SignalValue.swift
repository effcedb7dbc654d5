// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The value of a known signal: one of the JSON types that a signal may have.
public enum SignalValue: Hashable, Sendable {
    /// A text or the raw value of an enumeration.
    case string(String)
    /// A yes or no that was read, never a guess.
    case boolean(Bool)
    /// A whole number.
    case integer(Int)
    /// A list of texts.
    case strings([String])
}

extension SignalValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else {
            self = .strings(try container.decode([String].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .strings(let value): try container.encode(value)
        }
    }
}

extension SignalValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .string(let value): value
        case .boolean(let value): value ? "yes" : "no"
        case .integer(let value): String(value)
        case .strings(let values): values.joined(separator: ", ")
        }
    }
}
