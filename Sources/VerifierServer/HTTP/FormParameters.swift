// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The parameters of a query or of a form (`application/x-www-form-urlencoded`).
package struct FormParameters: Hashable, Sendable {
    private var values: [String: String] = [:]
    /// The names that came more than once; OAuth refuses such requests (RFC 6749 §3.1).
    package private(set) var repeated: Set<String> = []

    /// The most parameters that are read.
    package static let maximumCount = 64

    /// Reads a text; `nil` where an escape is broken, the bytes are not UTF-8, or there are too many.
    package init?(_ text: some StringProtocol) {
        let pairs = text.utf8.split(separator: UInt8(ascii: "&"))
        guard pairs.count <= Self.maximumCount else { return nil }
        for pair in pairs {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = parts.count == 2 ? Self.decode(parts[1]) : "" else {
                return nil
            }
            if values.updateValue(value, forKey: name) != nil { repeated.insert(name) }
        }
    }

    /// A parameter's value; one without a value is as one that is not there (RFC 6749 §3.1).
    package subscript(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// All parameters, by name.
    package var pairs: [(name: String, value: String)] {
        values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    /// Whether a parameter is there, with a value or without.
    package func contains(_ name: String) -> Bool { values[name] != nil }

    /// The text that an escaped one stands for; `+` is a space.
    package static func decode(_ escaped: some Collection<UInt8>) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(escaped.count)
        var rest = escaped[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(nibble), let low = rest.popFirst().flatMap(nibble) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A text as it stands in a query: all but unreserved characters are escaped (RFC 3986 §2.3).
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: output.append(byte)
            default: output += [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A URI with parameters added to its query.
    package static func append(_ parameters: [(name: String, value: String?)], to uri: String) -> String {
        let query = parameters.compactMap { item in item.value.map { "\(item.name)=\(encode($0))" } }.joined(
            separator: "&")
        guard !query.isEmpty else { return uri }
        let separator = uri.contains("?") ? (uri.hasSuffix("?") || uri.hasSuffix("&") ? "" : "&") : "?"
        return uri + separator + query
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
