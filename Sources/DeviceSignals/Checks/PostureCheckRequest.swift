// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A check of an organisation's own: a query under a name.
public struct PostureCheckRequest: Hashable, Sendable {
    /// The name by which policies know the result: 1 to 128 ASCII letters, digits, `.`, `-` and `_`.
    public var variableName: String
    /// One SELECT that ends with `;` and answers with one value.
    public var query: String

    /// The most checks that one challenge may carry.
    public static let maximumCount = 16
    /// The longest query, in bytes of UTF-8.
    public static let maximumQueryLength = 16 * 1024

    /// A check.
    public init(variableName: String, query: String) {
        self.variableName = variableName
        self.query = query
    }

    /// Whether a text may name a check.
    public static func isVariableName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                    || [45, 46, 95].contains($0)
            }
    }
}

extension PostureCheckRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case variableName, query
    }

    /// Reads a check, and refuses a name that is none and a query that is too long.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        variableName = try members.decode(String.self, forKey: .variableName)
        guard Self.isVariableName(variableName) else {
            throw DecodingError.dataCorruptedError(
                forKey: .variableName, in: members, debugDescription: "not a variable's name")
        }
        query = try members.decode(String.self, forKey: .query)
        guard query.utf8.count <= Self.maximumQueryLength else {
            throw DecodingError.dataCorruptedError(
                forKey: .query, in: members, debugDescription: "longer than \(Self.maximumQueryLength) bytes")
        }
    }
}
