// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Settings of GSettings as dconf keeps them, read from its files: no process, no service.
///
/// Sources: dconf(7) for profiles, databases and locks; GLib's `gsettingsschema.c` and `gvdb-reader.c` for the forms of the files.
struct DconfSettings {
    /// The longest file that is read, in bytes.
    private static let limit = 16 * 1024 * 1024

    /// The databases from the person's own to the least important one; `nil` for one that is not there.
    private let databases: [GVDBTable?]
    /// Whether the profile has a database that the person can write to.
    private let isWritable: Bool
    /// The compiled schemas, the most important ones first.
    private let schemas: [GVDBTable]

    /// Reads keys with their defaults; `nil` where the files do not tell, and gsettings has to be asked.
    static func read(_ keys: [SettingsKey], in system: SystemView) -> SettingsTable? {
        guard let settings = try? DconfSettings(in: system) else { return nil }
        var values: [SettingsKey: String] = [:]
        var locked: Set<SettingsKey> = []
        for key in keys {
            guard let found = settings.value(of: key) else { return nil }
            values[key] = found.text
            if found.isLocked || !settings.isWritable { locked.insert(key) }
        }
        return SettingsTable(values, locked: locked, source: "dconf")
    }

    private init(in system: SystemView) throws(ReadFailure) {
        var schemas: [GVDBTable] = []
        for folder in system.dataFolders {
            let path = "\(folder)/glib-2.0/schemas/gschemas.compiled"
            if let bytes = try system.readIfPresent(path, limit: Self.limit) {
                schemas.append(try GVDBTable(parsing: bytes))
            }
        }
        guard !schemas.isEmpty else { throw .absent }
        self.schemas = schemas
        var databases: [GVDBTable?] = []
        let profile = try DconfProfile.find(in: system)
        isWritable = profile.isWritable
        for path in profile.databases {
            guard let bytes = try system.readIfPresent(path, limit: Self.limit), !bytes.isEmpty else {
                databases.append(nil)
                continue
            }
            databases.append(try GVDBTable(parsing: bytes))
        }
        self.databases = databases
    }

    /// A key's value as text and whether the person may not change it; `nil` where the files do not tell.
    private func value(of key: SettingsKey) -> (text: String, isLocked: Bool)? {
        guard let schema = schemas.lazy.compactMap({ $0.table(key.schema.rawValue) }).first,
            let path = schema.variant(".path")?.text, let entry = schema.variant(key.name),
            // A default for one desktop alone: gsettings knows how to choose.
            !entry.type.contains("a{sv}"), let standard = entry.firstMember
        else { return nil }
        let name = path + key.name
        // A lock hides what stands before its database; the least important one that has it decides.
        let lock = databases.indices.dropFirst().last { databases[$0]?.table(".locks")?.contains(name) == true }
        for database in databases[(lock ?? 0)...] {
            guard let value = database?.variant(name) else { continue }
            // What is of another type counts as not there.
            guard value.type == standard.type, let text = value.text else { continue }
            return (text, lock != nil)
        }
        return standard.text.map { ($0, lock != nil) }
    }
}

/// The profile that says which databases dconf reads.
struct DconfProfile: Hashable, Sendable {
    /// The paths of the databases, the person's first.
    let databases: [String]
    /// Whether the first of them is the person's; else nothing can be changed.
    let isWritable: Bool

    /// The profile of the view's user.
    ///
    /// - Throws: ``ReadFailure/malformed`` for a profile with a database of a kind that is not a file that can be read here.
    static func find(in system: SystemView) throws(ReadFailure) -> DconfProfile {
        guard let own = system.configurationHome else { throw .absent }
        return try DconfProfile(parsing: try text(in: system) ?? Array("user-db:user".utf8), own: own)
    }

    /// What a profile names.
    ///
    /// - Parameter own: the folder of the person's settings.
    init(parsing bytes: [UInt8], own: String) throws(ReadFailure) {
        var paths: [String] = []
        var isOwn: [Bool] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let line = line.prefix { $0 != "#" }.trimmed
            if line.isEmpty { continue }
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty, paths.count < 64 else { throw .malformed }
            isOwn.append(parts[0] == "user-db")
            switch parts[0] {
            case "user-db" where !parts[1].contains("/"): paths.append("\(own)/dconf/\(parts[1])")
            case "system-db" where !parts[1].contains("/"): paths.append("/etc/dconf/db/\(parts[1])")
            case "file-db" where parts[1].hasPrefix("/"): paths.append(parts[1])
            default: throw .malformed
            }
        }
        databases = paths
        isWritable = isOwn.first ?? false
    }

    /// The profile's text; `nil` where there is none, and the person's database stands alone.
    private static func text(in system: SystemView) throws(ReadFailure) -> [UInt8]? {
        // The administrator's for one user stands before all.
        if let text = try system.readIfPresent("/run/dconf/user/\(system.userID)") { return text }
        let name = system.environment["DCONF_PROFILE"]
        if let name, name.hasPrefix("/") { return try system.read(name) }
        if name == nil, let runtime = system.environment["XDG_RUNTIME_DIR"],
            let text = try system.readIfPresent("\(runtime)/dconf.profile")
        {
            return text
        }
        let profile = name ?? "user"
        guard !profile.contains("/") else { throw .malformed }
        for folder in ["/etc"] + system.dataFolders.dropFirst() {
            if let text = try system.readIfPresent("\(folder)/dconf/profile/\(profile)") { return text }
        }
        // A profile of another name that is not there is an error of dconf's own.
        guard profile == "user" else { throw .malformed }
        return nil
    }
}
