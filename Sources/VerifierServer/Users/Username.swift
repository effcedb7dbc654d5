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
        let bytes = typed.utf8.drop { $0 == 0x20 }
        let name = String(decoding: bytes.prefix((bytes.lastIndex { $0 != 0x20 }).map {
            bytes.distance(from: bytes.startIndex, to: $0) + 1
        } ?? 0), as: UTF8.self).lowercased()
        guard (1...100).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else { return nil }
        text = name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "@"): true
        default: false
        }
    }
}
