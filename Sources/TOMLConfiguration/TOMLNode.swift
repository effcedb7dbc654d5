// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A value of a TOML text, and where what sets it begins.
struct TOMLNode {
    var value: TOMLValue
    /// Of the key, of the head of a table, or of an element of an array; in bytes of the text.
    var offset: Int
}

/// A value of a TOML text: <https://toml.io/en/v1.0.0>.
enum TOMLValue {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array(TOMLArray)
    case table(TOMLTable)
    /// A float, a date or a time: nothing that a configuration of ours has a use for, so that nothing more is known of it.
    case other
}

/// An array. A reference, since heads of tables add to it.
final class TOMLArray {
    var nodes: [TOMLNode]
    /// Whether heads of tables made it, so that further ones may add to it.
    let growsByHeads: Bool

    init(_ nodes: [TOMLNode], growsByHeads: Bool = false) {
        self.nodes = nodes
        self.growsByHeads = growsByHeads
    }
}

/// A table. A reference, since later statements add to it.
final class TOMLTable {
    /// What defined it, which decides what may still add to it.
    enum Definition {
        /// Nothing yet: a head named it on the way to a table within.
        case passing
        /// A head of its own.
        case head
        /// A key with dots.
        case dottedKey
        /// Braces, and so as a whole.
        case inline
    }

    var nodes: [String: TOMLNode] = [:]
    var definition: Definition

    init(_ definition: Definition) {
        self.definition = definition
    }
}
