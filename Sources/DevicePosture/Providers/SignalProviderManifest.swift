// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What an administrator wrote about a program that tells of this device in a file: an EDR, an inventory.
struct SignalProviderManifest: Hashable, Sendable {
    /// The folder of manifests, a file `NAME.json` each.
    static let folder = "/etc/countersign/signal-providers"
    /// The longest manifest, in bytes.
    static let limit = 16 * 1024
    /// The most characters of a provider's name.
    static let longestName = 64

    /// The provider's name, by which the verifier asks.
    let name: String
    /// `FILE`, the one kind that is read.
    let type: String
    /// The absolute path of the file.
    let location: String
    /// The form of what is in the file, such as `JSON`.
    let format: String

    /// Parses a manifest, or gives `nil` where it lacks a member, has a type other than `FILE`, or names no absolute path.
    init?(parsing bytes: [UInt8]) {
        guard let document = JSONValue(parsing: bytes), let name = document["name"]?.string,
            document["type"]?.string == "FILE", let location = document["location"]?.string,
            let format = document["format"]?.string
        else { return nil }
        guard Self.isName(name), (1...32).contains(format.utf8.count), location.hasPrefix("/"),
            location.utf8.count <= 1024, !location.utf8.contains(0)
        else { return nil }
        self.name = name
        type = "FILE"
        self.location = location
        self.format = format
    }

    /// Whether a text can be a provider's name, and so part of a path.
    static func isName(_ text: String) -> Bool {
        (1...longestName).contains(text.utf8.count) && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || [45, 46, 95].contains(byte)
            }
    }
}
