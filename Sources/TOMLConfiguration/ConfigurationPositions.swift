// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Where the keys of a TOML text are set.
package struct ConfigurationPositions: Sendable {
    private let bytes: [UInt8]
    private var offsets: [String: Int] = [:]

    /// The places of the keys of a text; none where it is no TOML.
    package init(of text: String) {
        bytes = Array(text.utf8)
        if let table = try? TOMLParser.parse(text) { note(table, "") }
    }

    /// The place of a key, by its full name such as `clients[0].id`; of the nearest table around it where it is not there itself.
    package subscript(key: String) -> ConfigurationPosition? {
        var key = key
        while true {
            if let offset = offsets[key] { return ConfigurationPosition(of: offset, in: bytes) }
            guard let dot = key.lastIndex(of: ".") else { return nil }
            key = String(key[..<dot])
        }
    }

    private mutating func note(_ table: TOMLTable, _ path: String) {
        for (key, node) in table.nodes { note(node, path.isEmpty ? key : "\(path).\(key)") }
    }

    private mutating func note(_ node: TOMLNode, _ name: String) {
        offsets[name] = node.offset
        switch node.value {
        case .table(let table): note(table, name)
        case .array(let array):
            for (index, element) in array.nodes.enumerated() { note(element, "\(name)[\(index)]") }
        default: break
        }
    }
}
