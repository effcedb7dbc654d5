// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which datasets of ZFS are encrypted by ZFS itself, as `zfs get -H -o name,value encryption` prints them.
struct ZFSDatasets: Hashable, Sendable {
    /// More datasets than are looked at.
    static let limit = 16384

    /// Whether a dataset is encrypted, by its name; one whose value is not understood is not among them.
    let encryption: [String: Bool]

    /// Parses what the command prints: a line each dataset, its name and the value divided by a tab.
    ///
    /// - Throws: ``ReadFailure/malformed`` where a line is not understood.
    init(parsing bytes: [UInt8]) throws(ReadFailure) {
        var encryption: [String: Bool] = [:]
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count <= Self.limit else { throw .tooLarge(limit: Self.limit) }
        for line in lines {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard fields.count == 2, !fields[0].isEmpty, !fields[1].isEmpty else { throw .malformed }
            encryption[String(decoding: fields[0], as: UTF8.self)] = Self.isOn(
                String(decoding: fields[1], as: UTF8.self))
        }
        self.encryption = encryption
    }

    private static let ciphers: Set<String> = [
        "aes-128-ccm", "aes-192-ccm", "aes-256-ccm", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm",
    ]

    /// Whether a value of the property encrypts; zfsprops(7).
    private static func isOn(_ value: String) -> Bool? {
        if value == "off" { return false }
        return value == "on" || ciphers.contains(value) ? true : nil
    }
}
