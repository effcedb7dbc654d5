// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A text from elsewhere, made fit to be shown to a person who decides by it.
///
/// Control characters, line breaks, and invisible or direction-changing characters are taken out, for they let a text look
/// like another one or like a part of the prompt itself.
package struct DisplayText: Hashable, Sendable, CustomStringConvertible {
    /// The text as it may be shown: one line.
    package let description: String

    /// A text, shortened to a number of characters and twice as many bytes; one that was cut ends in an ellipsis.
    ///
    /// Percent signs count as the three bytes that they take in the Assuan protocol.
    package init(_ text: String, limit: Int = 80) {
        var shown = String.UnicodeScalarView()
        // The prefix keeps the work bounded whatever comes; no honest text has more than 16 scalars a character.
        for scalar in text.unicodeScalars.prefix(limit * 16) {
            if Self.isSpace(scalar) {
                if shown.last != " ", !shown.isEmpty { shown.append(" ") }
            } else if Self.isShown(scalar) {
                shown.append(scalar)
            }
        }
        while shown.last == " " { shown.removeLast() }
        description = Self.cut(String(shown), limit: limit)
    }

    private static func cut(_ text: String, limit: Int) -> String {
        var kept = ""
        var bytes = 0
        for (position, character) in text.enumerated() {
            bytes += character == "%" ? 3 : character.utf8.count
            guard position < limit, bytes <= 2 * limit else { return String(kept.dropLast()) + "…" }
            kept.append(character)
        }
        return kept
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: true
        default: scalar == "\t" || scalar == "\n" || scalar == "\r"
        }
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: !scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
