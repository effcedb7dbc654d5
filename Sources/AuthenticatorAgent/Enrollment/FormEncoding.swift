// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Query strings and forms (RFC 3986 §2, WHATWG URL `application/x-www-form-urlencoded`).
enum FormEncoding {
    /// Names and values, in this order, with all but unreserved characters escaped.
    static func encode(_ fields: [(String, String)]) -> String {
        fields.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
    }

    /// A text with all but unreserved characters escaped.
    static func escape(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: output.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF")
                output += "%" + String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return output
    }

    /// The fields of a query; `nil` where an escape is broken, a text is not UTF-8, or a name comes twice.
    static func decode(_ query: some StringProtocol) -> [String: String]? {
        var fields: [String: String] = [:]
        for field in query.split(separator: "&") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = unescape(parts[0].utf8), fields[name] == nil,
                let value = parts.count == 2 ? unescape(parts[1].utf8) : ""
            else { return nil }
            fields[name] = value
        }
        return fields
    }

    private static func unescape(_ text: some Sequence<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(32)
            case UInt8(ascii: "%"):
                guard let high = iterator.next(), let low = iterator.next(),
                    let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
