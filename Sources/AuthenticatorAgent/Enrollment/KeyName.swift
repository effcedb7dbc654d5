// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a person calls a key, on this device alone: 1 to 60 characters that can be seen, without space at the ends.
package struct KeyName: Hashable, Sendable {
    /// The name.
    package let text: String

    /// A name; `nil` where it is empty, too long, or holds what cannot be seen or turns the text around it.
    package init?(_ typed: String) {
        let scalars = typed.unicodeScalars
        guard (1...60).contains(typed.count), scalars.count <= 240, typed.first != " ", typed.last != " ",
            scalars.allSatisfy(Self.isPrintable)
        else { return nil }
        text = typed
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
