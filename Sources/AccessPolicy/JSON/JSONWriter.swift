// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The value as text.
    ///
    /// - Parameter isPretty: with lines and indentation, for people.
    public func text(isPretty: Bool = false) -> String {
        var text = ""
        write(to: &text, indentation: isPretty ? 0 : nil)
        return text
    }

    /// The value as bytes.
    public var bytes: [UInt8] { Array(text().utf8) }

    private func write(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .decimal(let value): text += String(value)
        case .string(let value): Self.quote(value, to: &text)
        case .array(let elements):
            Self.list(elements, "[", "]", &text, indentation) { element, text, inner in
                element.write(to: &text, indentation: inner)
            }
        case .object(let members):
            Self.list(members, "{", "}", &text, indentation) { member, text, inner in
                Self.quote(member.name, to: &text)
                text += inner == nil ? ":" : ": "
                member.value.write(to: &text, indentation: inner)
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ text: inout String, _ indentation: Int?,
        _ body: (Element, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indentation.map { $0 + 1 }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: "  ", count: inner) }
            body(element, &text, inner)
        }
        if let indentation, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
        text += close
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
