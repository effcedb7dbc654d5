// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads a TOML text into tables: statements, heads of tables and keys. Source: TOML 1.0.0, <https://toml.io/en/v1.0.0>.
///
/// Dates, times and floats are passed over as ``TOMLValue/other``.
struct TOMLParser {
    /// How deep arrays and tables within braces may lie in each other, and how many parts a key may have.
    static let deepest = 32

    var scanner: TOMLScanner
    private let root = TOMLTable(.head)

    private init(_ text: String) {
        scanner = TOMLScanner(text)
    }

    /// The table that a text is.
    ///
    /// - Throws: ``ConfigurationError`` with the place of the first thing that is no TOML.
    static func parse(_ text: String) throws(ConfigurationError) -> TOMLTable {
        var parser = TOMLParser(text)
        try parser.scanner.refuseZeroBytes()
        try parser.readStatements()
        return parser.root
    }

    private mutating func readStatements() throws(ConfigurationError) {
        var table = root
        try scanner.skipLines()
        while let next = scanner.next {
            if next == UInt8(ascii: "[") {
                table = try readHead()
            } else {
                try readPair(into: table, depth: 0)
            }
            scanner.skipBlanks()
            try scanner.skipComment()
            guard scanner.takeLineEnd() || scanner.next == nil else {
                throw scanner.failure("the line goes on after its end is expected")
            }
            try scanner.skipLines()
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that the next pairs belong to.
    private mutating func readHead() throws(ConfigurationError) -> TOMLTable {
        let start = scanner.offset
        let isElement = scanner.take("[[")
        if !isElement { scanner.advance() }
        let key = try readKey()
        guard isElement ? scanner.take("]]") : scanner.take("]") else {
            throw scanner.failure("the head of a table is not closed: \(isElement ? "]]" : "]") is expected")
        }
        var table = root
        for part in key.dropLast() { table = try pass(part, of: table, at: start) }
        return isElement
            ? try add(key[key.count - 1], to: table, at: start) : try define(key[key.count - 1], in: table, at: start)
    }

    /// A table on the way to that which a head names.
    private func pass(_ name: String, of table: TOMLTable, at start: Int) throws(ConfigurationError) -> TOMLTable {
        guard let node = table.nodes[name] else {
            let within = TOMLTable(.passing)
            table.nodes[name] = TOMLNode(value: .table(within), offset: start)
            return within
        }
        switch node.value {
        case .table(let within) where within.definition != .inline: return within
        case .array(let array) where array.growsByHeads:
            if case .table(let last)? = array.nodes.last?.value { return last }
        default: break
        }
        throw scanner.failure(
            "\(Self.quoted(name)) is a value, or a table that is closed, and takes no more keys", at: start)
    }

    private func define(_ name: String, in table: TOMLTable, at start: Int) throws(ConfigurationError) -> TOMLTable {
        guard let node = table.nodes[name] else {
            let within = TOMLTable(.head)
            table.nodes[name] = TOMLNode(value: .table(within), offset: start)
            return within
        }
        guard case .table(let within) = node.value, within.definition == .passing else {
            throw scanner.failure("\(Self.quoted(name)) is set already", at: start)
        }
        within.definition = .head
        return within
    }

    private func add(_ name: String, to table: TOMLTable, at start: Int) throws(ConfigurationError) -> TOMLTable {
        let element = TOMLTable(.head)
        let node = TOMLNode(value: .table(element), offset: start)
        switch table.nodes[name]?.value {
        case nil:
            table.nodes[name] = TOMLNode(value: .array(TOMLArray([node], growsByHeads: true)), offset: start)
        case .array(let array)? where array.growsByHeads: array.nodes.append(node)
        default: throw scanner.failure("\(Self.quoted(name)) is set already", at: start)
        }
        return element
    }

    /// `a.b = value`, within a table.
    mutating func readPair(into table: TOMLTable, depth: Int) throws(ConfigurationError) {
        let start = scanner.offset
        let key = try readKey()
        guard scanner.take("=") else { throw scanner.failure("after a key, = is expected") }
        scanner.skipBlanks()
        var table = table
        for part in key.dropLast() { table = try open(part, of: table, at: start) }
        let name = key[key.count - 1]
        guard table.nodes[name] == nil else { throw scanner.failure("\(Self.quoted(name)) is set already", at: start) }
        table.nodes[name] = TOMLNode(value: try readValue(depth: depth), offset: start)
    }

    /// A table on the way to that which a key with dots sets something in; such a key adds to no table that has a head.
    private func open(_ name: String, of table: TOMLTable, at start: Int) throws(ConfigurationError) -> TOMLTable {
        guard let node = table.nodes[name] else {
            let within = TOMLTable(.dottedKey)
            table.nodes[name] = TOMLNode(value: .table(within), offset: start)
            return within
        }
        guard case .table(let within) = node.value, within.definition == .passing || within.definition == .dottedKey
        else {
            throw scanner.failure("\(Self.quoted(name)) is set already", at: start)
        }
        within.definition = .dottedKey
        return within
    }

    /// The parts of a key, and the blanks around it.
    private mutating func readKey() throws(ConfigurationError) -> [String] {
        var parts: [String] = []
        repeat {
            scanner.skipBlanks()
            guard parts.count < Self.deepest else { throw scanner.failure("a key has more than \(Self.deepest) parts") }
            parts.append(try readKeyPart())
            scanner.skipBlanks()
        } while scanner.take(".")
        return parts
    }

    private mutating func readKeyPart() throws(ConfigurationError) -> String {
        switch scanner.next {
        case UInt8(ascii: "\"")?: return try readBasicString()
        case UInt8(ascii: "'")?: return try readLiteralString()
        default:
            let part = scanner.take(while: Self.isOfBareKey)
            guard !part.isEmpty else { throw scanner.failure("a key is expected") }
            return String(part)
        }
    }

    private static func isOfBareKey(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// A key's name in an error: no longer than a line, without what a terminal obeys.
    private static func quoted(_ name: String) -> String {
        "'\(String(String.UnicodeScalarView(name.unicodeScalars.prefix(64).filter { $0.properties.generalCategory != .control })))'"
    }
}
