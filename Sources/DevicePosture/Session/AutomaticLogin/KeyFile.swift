// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A file of groups with keys and values, as GLib's `GKeyFile` reads it: a `#` begins a comment at the beginning of a line alone.
struct KeyFile: Hashable, Sendable {
    /// A group with what it says.
    struct Group: Hashable, Sendable {
        /// Its name.
        var name: String
        /// Its values.
        var values: [String: String] = [:]
    }

    private static let mostGroups = 1024

    /// The groups in the order in which they are first named.
    private(set) var groups: [Group] = []

    /// No group at all.
    init() {}

    /// Parses a file.
    ///
    /// - Throws: ``ReadFailure/malformed`` where GLib refuses the whole file.
    init(parsing bytes: [UInt8]) throws(ReadFailure) { try add(bytes) }

    /// Takes over what another file says; its values stand before those that are there.
    mutating func add(_ bytes: [UInt8]) throws(ReadFailure) {
        guard !bytes.contains(0) else { throw .malformed }
        var current: Int?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("[") {
                guard line.hasSuffix("]"), groups.count < Self.mostGroups else { throw .malformed }
                current = index(of: String(line.dropFirst().dropLast()))
            } else {
                guard let sign = line.firstIndex(of: "="), let current else { throw .malformed }
                groups[current].values[line[..<sign].trimmed] = line[line.index(after: sign)...].trimmed
            }
        }
    }

    /// A value; the last that is given stands.
    func value(of key: String, in group: String) -> String? { groups.first { $0.name == group }?.values[key] }

    private mutating func index(of name: String) -> Int {
        if let known = groups.firstIndex(where: { $0.name == name }) { return known }
        groups.append(Group(name: name))
        return groups.count - 1
    }
}
