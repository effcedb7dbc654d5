// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A value of JSON, as resources of the management API are made of.
public enum ResourceValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A whole number.
    case integer(Int64)
    /// Another number.
    case decimal(Double)
    /// A text.
    case string(String)
    /// Values in their order.
    case array([ResourceValue])
    /// Members by name.
    case object([String: ResourceValue])

    /// The text, where it is one.
    public var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The members, where it is an object.
    public var members: [String: ResourceValue]? { if case .object(let members) = self { members } else { nil } }

    /// The elements, where it is an array.
    public var elements: [ResourceValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// A member of an object; `nil` where there is none, or this is no object.
    public subscript(_ name: String) -> ResourceValue? { members?[name] }

    /// Whether it has at most so many levels of arrays and objects.
    public func isNested(atMost depth: Int) -> Bool {
        switch self {
        case .array(let elements): depth > 0 && elements.allSatisfy { $0.isNested(atMost: depth - 1) }
        case .object(let members): depth > 0 && members.values.allSatisfy { $0.isNested(atMost: depth - 1) }
        default: true
        }
    }
}

extension ResourceValue: Codable {
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? value.decode(Double.self) {
            self = .decimal(number)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let elements = try? value.decode([ResourceValue].self) {
            self = .array(elements)
        } else {
            self = .object(try value.decode([String: ResourceValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .boolean(let flag): try value.encode(flag)
        case .integer(let number): try value.encode(number)
        case .decimal(let number): try value.encode(number)
        case .string(let text): try value.encode(text)
        case .array(let elements): try value.encode(elements)
        case .object(let members): try value.encode(members)
        }
    }
}

extension ResourceValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(arrayLiteral elements: ResourceValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, ResourceValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
