// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What SDDM and the Plasma Login Manager, which was made of it, are told about logging in.
///
/// Source: sddm.conf(5) and SDDM's `ConfigReader.cpp`: every file of the folders is read, whatever its name, and a `#` begins a
/// comment wherever it stands.
enum SDDMSettings {
    private static let folders = ["/usr/lib/sddm/sddm.conf.d", "/etc/sddm.conf.d"]
    private static let file = "/etc/sddm.conf"

    /// Whether SDDM logs somebody in.
    static func logsIn(in system: SystemView) throws(ReadFailure) -> Bool {
        if let bytes = try system.readIfPresent(file), let user = user(in: bytes) { return !user.isEmpty }
        return try users(in: folders, system).last?.isEmpty == false
    }

    /// Whether the Plasma Login Manager logs somebody in.
    ///
    /// Its own file stands before all others. Of these its first versions took the administrator's last, as SDDM does, later ones the
    /// distribution's: where they do not agree it depends on the version.
    static func plasmaLogsIn(in system: SystemView) throws(ReadFailure) -> Bool {
        if let bytes = try system.readIfPresent("/etc/plasmalogin.conf"), let user = user(in: bytes) {
            return !user.isEmpty
        }
        var users = try users(
            in: ["/usr/lib/plasmalogin/plasmalogin.conf.d", "/etc/plasmalogin.conf.d"], system)
        if let bytes = try system.readIfPresent("/usr/lib/plasmalogin/defaults.conf"), let user = user(in: bytes) {
            users.append(user)
        }
        guard Set(users.map(\.isEmpty)).count < 2 else { throw .malformed }
        return users.first?.isEmpty == false
    }

    /// Whom the files of folders have logged in, in their order.
    private static func users(in folders: [String], _ system: SystemView) throws(ReadFailure) -> [String] {
        var users: [String] = []
        for folder in folders where try system.exists(folder) {
            for name in try system.list(folder, limit: 1024) where !name.hasPrefix(".") {
                do throws(ReadFailure) {
                    if let user = user(in: try system.read("\(folder)/\(name)")) { users.append(user) }
                } catch ReadFailure.wrongKind {
                    continue
                }
            }
        }
        return users
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
