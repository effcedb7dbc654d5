// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A place in a text; both count from 1.
package struct ConfigurationPosition: Hashable, Sendable {
    /// The line.
    package var line: Int
    /// The character of the line.
    package var column: Int

    /// The place of a byte.
    init(of offset: Int, in bytes: [UInt8]) {
        let before = bytes.prefix(offset)
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        column = String(decoding: before[start...], as: UTF8.self).count + 1
    }
}
