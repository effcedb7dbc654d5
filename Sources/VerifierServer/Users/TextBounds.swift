// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What texts from outside may be.
package enum TextBounds {
    /// Whether a text has at most so many bytes of UTF-8 and no control characters, which could forge lines or move a cursor.
    package static func isPlain(_ text: String, upTo limit: Int) -> Bool {
        text.utf8.count <= limit
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
                default: true
                }
            }
    }

    /// Whether a text is 1 to `limit` bytes of printable ASCII without spaces: an identifier that another program made.
    package static func isIdentifier(_ text: String, upTo limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
