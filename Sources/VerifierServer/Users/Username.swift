// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A name that a person types to say who they are.
///
/// ASCII alone, so that no two names look alike: letters, digits and `. _ - + @`, 1 to 100 of them, compared in lower case.
package struct Username: Hashable, Sendable {
    /// The name in lower case.
    package let text: String

    /// The name that was typed, without the white space around it, or `nil` where it cannot be one.
    package init?(_ typed: String) {
        guard typed.utf8.count <= 200 else { return nil }
        let space = UInt8(ascii: " ")
        var letters = Array(typed.utf8.drop { $0 == space })
        while letters.last == space { letters.removeLast() }
        // Letter by letter in ASCII: Unicode's lower case would turn the Kelvin sign into a k.
        letters = letters.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
        guard (1...100).contains(letters.count), letters.allSatisfy(Self.isAllowed) else { return nil }
        text = String(decoding: letters, as: UTF8.self)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "@"): true
        default: false
        }
    }
}
