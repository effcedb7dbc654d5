// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A table of a TOML file whose every key is asked for by name and type; a key that nobody asked for is an error.
///
/// A reference, so that the tables within can note what was read. Used by one task while a file is read.
package final class ConfigurationTable {
    private let table: TOMLTable
    private let path: String
    private var guide = ""
    private var read: Set<String> = []

    private init(_ table: TOMLTable, path: String = "") {
        self.table = table
        self.path = path
    }

    /// What a body reads of a file's text. What the body did not ask for is an error, as is all that it throws; either tells the
    /// place of its key.
    ///
    /// - Parameter guide: where the keys of such files are documented.
    package static func reading<Value>(
        _ text: String, guide: String, _ body: (ConfigurationTable) throws(ConfigurationError) -> Value
    ) throws(ConfigurationError) -> Value {
        let root = ConfigurationTable(try TOMLParser.parse(text))
        root.guide = guide
        do throws(ConfigurationError) {
            let value = try body(root)
            try root.finish()
            return value
        } catch {
            guard error.line == nil, let key = error.key else { throw error }
            let position = ConfigurationPositions(of: text)[key]
            var error = error
            (error.line, error.column) = (position?.line, position?.column)
            throw error
        }
    }

    /// The key's full name, for errors.
    package func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// A text of at most 4096 bytes; `nil` where the key is not there.
    package func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = take(key) else { return nil }
        guard case .string(let text) = value else { throw wrong(key, "a text in quotes") }
        guard !text.isEmpty else { throw ConfigurationError(name(key), "is empty") }
        guard text.utf8.count <= 4096 else { throw ConfigurationError(name(key), "is longer than 4096 bytes") }
        return text
    }

    /// A text that has to be there.
    package func required(_ key: String) throws(ConfigurationError) -> String {
        guard let text = try string(key) else { throw ConfigurationError(name(key), "is missing") }
        return text
    }

    /// A flag.
    package func bool(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = take(key) else { return nil }
        guard case .boolean(let flag) = value else { throw wrong(key, "true or false") }
        return flag
    }

    /// A whole number within bounds.
    package func number(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let value = take(key) else { return nil }
        guard case .integer(let number) = value else { throw wrong(key, "a whole number") }
        guard range.contains(number) else {
            throw ConfigurationError(name(key), "is \(number), but must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A list of at most 256 texts, none of them twice.
    package func strings(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let value = take(key) else { return nil }
        guard case .array(let array) = value, array.nodes.count <= 256 else {
            throw wrong(key, "a list of at most 256 texts")
        }
        var texts: [String] = []
        for element in array.nodes {
            guard case .string(let text) = element.value, !text.isEmpty else { throw wrong(key, "a list of texts") }
            texts.append(text)
        }
        guard Set(texts).count == texts.count else { throw ConfigurationError(name(key), "says the same thing twice") }
        return texts
    }

    /// A list of at most 64 whole numbers within bounds, none of them twice.
    package func numbers(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> [Int]? {
        guard let value = take(key) else { return nil }
        guard case .array(let array) = value, array.nodes.count <= 64 else {
            throw wrong(key, "a list of at most 64 whole numbers")
        }
        var numbers: [Int] = []
        for element in array.nodes {
            guard case .integer(let number) = element.value, range.contains(number) else {
                throw wrong(key, "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)")
            }
            numbers.append(number)
        }
        guard Set(numbers).count == numbers.count else { throw ConfigurationError(name(key), "has a number twice") }
        return numbers
    }

    /// A value out of a set of spellings.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(ConfigurationError) -> Choice? {
        try choice(key, among: Array(Choice.allCases))
    }

    /// A value out of some spellings of a set.
    package func choice<Choice: RawRepresentable<String>>(
        _ key: String, among choices: [Choice]
    ) throws(ConfigurationError) -> Choice? {
        guard let text = try string(key) else { return nil }
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            let spellings = choices.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(name(key), "is \"\(text.prefix(64))\", but must be one of \(spellings)")
        }
        return choice
    }

    /// A table within; an empty one where there is none.
    package func section(_ key: String) throws(ConfigurationError) -> ConfigurationTable {
        guard let value = take(key) else { return within(TOMLTable(.passing), name(key)) }
        guard case .table(let section) = value else { throw wrong(key, "a table: [\(name(key))]") }
        return within(section, name(key))
    }

    /// The tables of an array of tables.
    package func sections(_ key: String) throws(ConfigurationError) -> [ConfigurationTable] {
        guard let value = take(key) else { return [] }
        guard case .array(let array) = value else { throw wrong(key, "a list of tables: [[\(name(key))]]") }
        var sections: [ConfigurationTable] = []
        for (index, element) in array.nodes.enumerated() {
            guard case .table(let section) = element.value else {
                throw wrong(key, "a list of tables: [[\(name(key))]]")
            }
            sections.append(within(section, "\(name(key))[\(index)]"))
        }
        return sections
    }

    /// The keys that stand there, in their order.
    package var keys: [String] { table.nodes.keys.sorted() }

    /// Whether the key stands in the file, read or not.
    package func has(_ key: String) -> Bool { table.nodes[key] != nil }

    /// Refuses keys that nobody asked for.
    package func finish() throws(ConfigurationError) {
        if let unknown = table.nodes.keys.sorted().first(where: { !read.contains($0) }) {
            throw ConfigurationError(
                name(unknown), "is not a key of this file",
                hint: "see \(guide) for the keys, and check the spelling")
        }
    }

    private func within(_ table: TOMLTable, _ path: String) -> ConfigurationTable {
        let section = ConfigurationTable(table, path: path)
        section.guide = guide
        return section
    }

    private func take(_ key: String) -> TOMLValue? {
        read.insert(key)
        return table.nodes[key]?.value
    }

    private func wrong(_ key: String, _ expected: String) -> ConfigurationError {
        ConfigurationError(name(key), "must be \(expected)")
    }
}
