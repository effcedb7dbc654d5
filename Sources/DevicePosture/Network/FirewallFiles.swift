// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The files of ufw and firewalld.
enum FirewallFiles {
    /// Assignments as a shell reads them, without its expansions: the last one of a name stands.
    static func assignments(_ bytes: [UInt8]) -> [String: String] { OSRelease(parsing: bytes).values }

    /// Whether a text can be the name of a zone, and so part of a path.
    static func isZoneName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
            }
    }

    /// The attribute `target` of a zone's root element: what becomes of packets that no rule of the zone takes.
    static func zoneTarget(_ bytes: [UInt8]) -> String? {
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        while let start = rest.utf8.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[start...]
            if rest.hasPrefix("<!--") {
                guard let end = rest.range(ofText: "-->") else { return nil }
                rest = rest[end.upperBound...]
                continue
            }
            guard let end = rest.utf8.firstIndex(of: UInt8(ascii: ">")) else { return nil }
            if rest.hasPrefix("<zone") { return attribute("target", in: rest[..<end]) }
            rest = rest[rest.utf8.index(after: end)...]
        }
        return nil
    }

    /// The value of an attribute in a tag.
    private static func attribute(_ name: String, in tag: Substring) -> String? {
        guard
            let start = tag.range(ofText: " \(name)=") ?? tag.range(ofText: "\n\(name)=")
                ?? tag.range(ofText: "\t\(name)=")
        else { return nil }
        let value = tag[start.upperBound...]
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        return value.dropFirst().split(separator: quote, maxSplits: 1, omittingEmptySubsequences: false).first.map(
            String.init)
    }
}

extension Substring {
    /// Where a text stands first in this one.
    func range(ofText text: String) -> Range<Index>? {
        let needle = Array(text.utf8)
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: needle) { return start..<utf8.index(start, offsetBy: needle.count) }
            start = utf8.index(after: start)
        }
        return nil
    }
}
