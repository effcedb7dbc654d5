// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of ufw and firewalld.
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
