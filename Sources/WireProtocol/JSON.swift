// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// JSON with the bounds that everything from outside is read with.
public enum JSON {
    /// Decodes a body of at most `limit` bytes.
    ///
    /// - Throws: ``JSONFailure`` with what was wrong, without quoting the body.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], limit: Int = 256 * 1024
    ) throws(JSONFailure) -> Value {
        guard bytes.count <= limit else { throw JSONFailure(reason: "longer than \(limit) bytes") }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw JSONFailure(error)
        } catch {
            throw JSONFailure(reason: "a value is not acceptable")
        }
    }

    /// Encodes a value with sorted members.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}

/// What was wrong with a piece of JSON.
public struct JSONFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong and where, without values.
    public let reason: String

    init(reason: String) { self.reason = reason }

    init(_ error: DecodingError) {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty ? "the top" : context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        reason =
            switch error {
            case .keyNotFound(let key, let context): "'\(key.stringValue)' is missing at \(path(context))"
            case .typeMismatch(_, let context), .valueNotFound(_, let context):
                "a value of the wrong type at \(path(context))"
            case .dataCorrupted(let context):
                context.codingPath.isEmpty ? "not JSON" : "a value that is not acceptable at \(path(context))"
            @unknown default: "not acceptable"
            }
    }

    public var description: String { reason }
}
