// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What SDDM is told about logging in.
///
/// Source: sddm.conf(5) and SDDM's `ConfigReader.cpp`: every file of the folders is read, whatever its name, and a `#` begins a
/// comment wherever it stands.
enum SDDMSettings {
    private static let folders = ["/usr/lib/sddm/sddm.conf.d", "/etc/sddm.conf.d"]
    private static let file = "/etc/sddm.conf"

    /// Whether it logs somebody in.
    static func logsIn(in system: SystemView) throws(ReadFailure) -> Bool {
        var user = ""
        for folder in folders {
            guard try system.exists(folder) else { continue }
            for name in try system.list(folder, limit: 1024) where !name.hasPrefix(".") {
                do throws(ReadFailure) {
                    user = Self.user(in: try system.read("\(folder)/\(name)")) ?? user
                } catch ReadFailure.wrongKind {
                    continue
                }
            }
        }
        if let bytes = try system.readIfPresent(file) { user = Self.user(in: bytes) ?? user }
        return !user.isEmpty
    }

    /// Whom a file has logged in, where it says; nobody may be said, too.
    static func user(in bytes: [UInt8]) -> String? {
        var group = ""
        var user: String?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.prefix { $0 != "#" }.trimmed
            if let sign = line.firstIndex(of: "=") {
                if group == "Autologin", line[..<sign].trimmed == "User" {
                    user = line[line.index(after: sign)...].trimmed
                }
            } else if line.hasPrefix("["), line.hasSuffix("]") {
                group = String(line.dropFirst().dropLast())
            }
        }
        return user
    }
}
