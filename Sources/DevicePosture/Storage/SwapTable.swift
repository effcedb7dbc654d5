// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The active swap spaces, as `/proc/swaps` lists them.
struct SwapTable: Hashable, Sendable {
    /// Where it is read.
    static let path = "/proc/swaps"

    /// One swap space.
    struct Entry: Hashable, Sendable {
        /// The device or file.
        let path: String
        /// Whether it is a file of a file system, not a device.
        let isFile: Bool
    }

    /// The swap spaces.
    let entries: [Entry]

    /// Parses the table.
    ///
    /// - Throws: ``ReadFailure/malformed`` where a line is not understood.
    init(parsing bytes: [UInt8]) throws(ReadFailure) {
        var entries: [Entry] = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let header = lines.first, header.hasPrefix("Filename") else { throw .malformed }
        for line in lines.dropFirst() {
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard fields.count >= 2, fields[0].hasPrefix("/"), ["partition", "file"].contains(fields[1]) else {
                throw .malformed
            }
            var path = MountTable.unescaped(fields[0])
            if path.hasSuffix(" (deleted)") { path = String(path.dropLast(" (deleted)".count)) }
            entries.append(Entry(path: path, isFile: fields[1] == "file"))
        }
        self.entries = entries
    }
}
