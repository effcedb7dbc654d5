// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The name of one of pacman's repositories, such as `core`.
public struct PacmanRepositoryName: Hashable, Sendable {
    /// The name.
    let name: String

    /// The name, or `nil` for a text that cannot be one, or not be part of a path.
    init?(_ name: some StringProtocol) {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first, Self.isLetterOrDigit(first),
            name.utf8.allSatisfy({ Self.isLetterOrDigit($0) || "-._+@".utf8.contains($0) })
        else { return nil }
        self.name = String(name)
    }

    /// What was fetched of it last.
    var path: String { "\(PacmanUpdates.lists)/\(name).db" }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
