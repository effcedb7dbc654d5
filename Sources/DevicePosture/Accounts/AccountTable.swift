// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The accounts and groups of `/etc/passwd` and `/etc/group`.
///
/// Directory services are not asked: that may take the network.
struct AccountTable: Hashable, Sendable {
    /// An account.
    struct Account: Hashable, Sendable {
        /// Its name.
        var name: String
        /// Its number.
        var userID: UInt32
        /// The number of its first group.
        var groupID: UInt32
    }

    /// A group.
    struct Group: Hashable, Sendable {
        /// Its name.
        var name: String
        /// Its number.
        var groupID: UInt32
        /// The names of its members, without those whose first group it is.
        var members: [String]
    }

    /// The longest of the two files, in bytes.
    static let limit = 4 << 20

    /// The accounts of passwd(5); lines of another form are skipped, as the C library does.
    static func accounts(parsing bytes: [UInt8]) -> [Account] {
        lines(of: bytes, fields: 7).compactMap { fields in
            guard let userID = number(fields[2]), let groupID = number(fields[3]) else { return nil }
            return Account(name: fields[0], userID: userID, groupID: groupID)
        }
    }

    /// The groups of group(5).
    static func groups(parsing bytes: [UInt8]) -> [Group] {
        lines(of: bytes, fields: 4).compactMap { fields in
            guard let groupID = number(fields[2]) else { return nil }
            let members = fields[3].split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
            return Group(name: fields[0], groupID: groupID, members: members)
        }
    }

    private static func lines(of bytes: [UInt8], fields count: Int) -> [[String]] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count == count, let first = line.first, ![0x23, 0x2B, 0x2D].contains(first) else { return nil }
            let texts = fields.map { String(decoding: $0, as: UTF8.self).trimmed }
            return texts[0].isEmpty ? nil : texts
        }
    }

    private static func number(_ text: String) -> UInt32? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt32(text)
    }

    /// The name of a user's account; `nil` where `/etc/passwd` has none or cannot be read.
    static func name(of userID: UInt32, in system: SystemView) -> String? {
        (try? system.read("/etc/passwd", limit: limit)).flatMap {
            accounts(parsing: $0).first { $0.userID == userID }?.name
        }
    }

    /// The names of a user's groups in the files; `nil` where they cannot be read.
    static func groups(of userID: UInt32, in system: SystemView) -> Set<String>? {
        guard let accounts = try? system.read("/etc/passwd", limit: limit),
            let groups = try? system.read("/etc/group", limit: limit),
            let account = Self.accounts(parsing: accounts).first(where: { $0.userID == userID })
        else { return nil }
        return Set(
            Self.groups(parsing: groups)
                .filter { $0.groupID == account.groupID || $0.members.contains(account.name) }.map(\.name))
    }
}
