// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension ExpressionValue: Codable {
    /// Reads a value of JSON: a whole number is an integer, in 32 bits where it fits, as SpEL meets it.
    ///
    /// JSON has no times and no country codes; they are read as strings.
    public init(from decoder: any Decoder) throws {
        if let map = try? decoder.container(keyedBy: AnyKey.self) {
            self = .map(try ExpressionMap(map))
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var elements: [ExpressionValue] = []
            while !list.isAtEnd {
                guard elements.count < ExpressionLimits.listElements else {
                    throw DecodingError.dataCorruptedError(in: list, debugDescription: "too many elements")
                }
                elements.append(try list.decode(ExpressionValue.self))
            }
            self = .list(elements)
            return
        }
        self = try Self.scalar(decoder.singleValueContainer())
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) throws -> ExpressionValue {
        if container.decodeNil() { return .null }
        if let value = try? container.decode(Bool.self) { return .boolean(value) }
        if let value = try? container.decode(Int64.self) { return ExpressionValue(value) }
        if let value = try? container.decode(Double.self), value.isFinite { return .decimal(value) }
        return .string(try container.decode(String.self))
    }

    /// Writes the value as JSON: a time in ISO 8601, a country by its two letters.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .list(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .map(let map):
            var container = encoder.container(keyedBy: AnyKey.self)
            for entry in map.entries { try container.encode(entry.value, forKey: AnyKey(entry.key)) }
        default:
            var container = encoder.singleValueContainer()
            try encodeScalar(&container)
        }
    }

    private func encodeScalar(_ container: inout some SingleValueEncodingContainer) throws {
        switch self {
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .long(let value): try container.encode(value)
        case .decimal(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .time(let value): try container.encode(value.iso8601)
        case .country(let value): try container.encode(value.alpha2)
        case .null, .list, .map: try container.encodeNil()
        }
    }
}

/// Any name of a member.
struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension ExpressionMap {
    /// The most names of a map that is read.
    static let readLimit = 4096

    init(_ container: KeyedDecodingContainer<AnyKey>, except names: Set<String> = []) throws {
        self.init()
        guard container.allKeys.count <= Self.readLimit else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: container.codingPath, debugDescription: "too many members"))
        }
        for key in container.allKeys where !names.contains(key.stringValue) {
            self[key.stringValue] = try container.decode(ExpressionValue.self, forKey: key)
        }
    }
}
