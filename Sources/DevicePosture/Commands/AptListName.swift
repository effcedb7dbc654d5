// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The name of a compressed list of packages in the folder of APT's lists.
public struct AptListName: Hashable, Sendable {
    /// How APT compresses lists.
    static let endings = [".lz4", ".gz", ".xz", ".zst", ".bz2", ".lzma"]

    /// The name, without a folder.
    let name: String

    /// The name, or `nil` for anything else: another kind of file, a path, or characters that APT does not use.
    init?(_ name: String) {
        guard name.utf8.count <= 255, let first = name.utf8.first, Self.isLetterOrDigit(first),
            name.utf8.allSatisfy({ Self.isLetterOrDigit($0) || "-._%+~:".utf8.contains($0) }),
            let ending = Self.endings.first(where: name.hasSuffix), name.dropLast(ending.count).hasSuffix("_Packages")
        else { return nil }
        self.name = name
    }

    /// The file.
    var path: String { "\(AptLists.folder)/\(name)" }

    /// The file's name as it would be uncompressed.
    var uncompressed: String {
        name.split(separator: ".", omittingEmptySubsequences: false).dropLast().joined(separator: ".")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
