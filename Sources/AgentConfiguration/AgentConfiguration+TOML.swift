// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import TOMLConfiguration
internal import WireProtocol

extension AgentConfiguration {
    /// Takes over what a file's text sets; what it does not set stays.
    ///
    /// Organisations are taken by address: an entry takes the place of an earlier one. Locks add up. All else is replaced.
    /// - Throws: ``ConfigurationError`` with the file and the place of the first thing that is wrong; nothing is taken over then.
    package mutating func apply(_ text: String, file: String) throws(ConfigurationError) {
        var changed = self
        do throws(ConfigurationError) {
            let set = try ConfigurationTable.reading(text, guide: Self.guide) {
                root throws(ConfigurationError) in try changed.take(root)
            }
            let positions = ConfigurationPositions(of: text)
            for (name, key) in set { changed.sources[name] = Source(file: file, line: positions[key]?.line) }
        } catch {
            var error = error
            error.file = file
            throw error
        }
        self = changed
    }

    /// Refuses what no single file could tell is wrong.
    package func checkWhole() throws(ConfigurationError) {
        if locked.contains(.organizations), organizations.isEmpty {
            throw at("locked", ConfigurationError("locked", "has organizations, but there is none to enrol with"))
        }
        if checks.enabled == true, checks.organizations == nil {
            let key = "custom_checks.enabled"
            throw at(key, ConfigurationError(key, "is true, but custom_checks.organizations is missing"))
        }
        guard (checks.osqueryProgram == nil) == (checks.osqueryTables == nil) else {
            let key = "custom_checks.osquery." + (checks.osqueryProgram == nil ? "tables" : "program")
            throw at(key, ConfigurationError(key, "needs the other of program and tables"))
        }
    }

    private func at(_ key: String, _ error: ConfigurationError) -> ConfigurationError {
        var error = error
        error.file = sources[key]?.file
        error.line = sources[key]?.line
        return error
    }

    /// Takes over a table; the names of what was set, each with the key whose place is its own.
    private mutating func take(_ root: ConfigurationTable) throws(ConfigurationError) -> [String: String] {
        var set: [String: String] = [:]
        for (index, table) in try root.sections("organizations").enumerated() {
            let entry = try OfferedOrganization(table)
            guard set.updateValue("organizations[\(index)]", forKey: "organizations.\(entry.address)") == nil else {
                throw ConfigurationError(table.name("address"), "is that of another entry of this file")
            }
            offer(entry)
            guard organizations.count <= OfferedOrganization.most else {
                throw ConfigurationError("organizations", "are more than \(OfferedOrganization.most)")
            }
        }
        for lock in try locks(root) { locked.insert(lock) }
        if root.has("locked") { set["locked"] = "locked" }
        for (section, keys) in [
            ("loopback", try takeLoopback(root.section("loopback"))),
            ("pinentry", try takePinentry(root.section("pinentry"))),
            ("network", try takeNetwork(root.section("network"))),
            ("log", try takeLog(root.section("log"))),
            ("custom_uri", try takeLinks(root.section("custom_uri"))),
            ("custom_checks", try takeChecks(root.section("custom_checks"))),
        ] {
            for key in keys { set["\(section).\(key)"] = "\(section).\(key)" }
        }
        return set
    }

    private mutating func offer(_ entry: OfferedOrganization) {
        if let index = organizations.firstIndex(where: { $0.address == entry.address }) {
            organizations[index] = entry
        } else {
            organizations.append(entry)
        }
    }

    private func locks(_ root: ConfigurationTable) throws(ConfigurationError) -> [ConfigurationLock] {
        var locks: [ConfigurationLock] = []
        for name in try root.strings("locked") ?? [] {
            guard let lock = ConfigurationLock(rawValue: name) else {
                let names = ConfigurationLock.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError(
                    "locked", "has \"\(name.prefix(64))\", but what can be locked is \(names)")
            }
            locks.append(lock)
        }
        return locks
    }

    private mutating func takeLoopback(_ section: ConfigurationTable) throws(ConfigurationError) -> [String] {
        guard let ports = try section.numbers("ports", in: 1024...65535) else { return try Self.done(section, []) }
        guard (1...16).contains(ports.count) else {
            throw ConfigurationError(section.name("ports"), "must have 1 to 16 ports")
        }
        self.ports = ports
        return try Self.done(section, ["ports"])
    }

    private mutating func takePinentry(_ section: ConfigurationTable) throws(ConfigurationError) -> [String] {
        guard let program = try Self.path(section, "program") else { return try Self.done(section, []) }
        pinentry = program
        return try Self.done(section, ["program"])
    }

    private mutating func takeNetwork(_ section: ConfigurationTable) throws(ConfigurationError) -> [String] {
        guard let authorities = try Self.path(section, "authorities") else { return try Self.done(section, []) }
        self.authorities = authorities
        return try Self.done(section, ["authorities"])
    }

    private mutating func takeLog(_ section: ConfigurationTable) throws(ConfigurationError) -> [String] {
        guard let level = try section.choice("level", LogLevel.self) else { return try Self.done(section, []) }
        logLevel = level
        return try Self.done(section, ["level"])
    }

    private mutating func takeLinks(_ section: ConfigurationTable) throws(ConfigurationError) -> [String] {
        guard let organizations = try section.strings("organizations") else { return try Self.done(section, []) }
        var issuers: Set<Origin> = []
        for text in organizations {
            guard let origin = Origin(text), origin.scheme == "https" || origin.isLoopback, issuers.count < 64 else {
                throw ConfigurationError(
                    section.name("organizations"),
                    "must be at most 64 verifiers' addresses such as https://id.example.com; not \"\(text.prefix(128))\""
                )
            }
            issuers.insert(origin)
        }
        linkIssuers = issuers
        return try Self.done(section, ["organizations"])
    }

    private mutating func takeChecks(_ section: ConfigurationTable) throws(ConfigurationError) -> [String] {
        var set: [String] = []
        if let enabled = try section.bool("enabled") {
            checks.enabled = enabled
            set.append("enabled")
        }
        if let organizations = try section.strings("organizations") {
            checks.organizations = try CustomCheckSettings.checked(organizations, section.name("organizations"))
            set.append("organizations")
        }
        if let millis = try section.number("timeout_millis", in: CustomCheckSettings.timeouts) {
            checks.timeoutMillis = millis
            set.append("timeout_millis")
        }
        let osquery = try section.section("osquery")
        if let program = try osquery.string("program") {
            checks.osqueryProgram = try OsquerySettings.checked(program: program, osquery.name("program"))
            set.append("osquery.program")
        }
        if let tables = try osquery.strings("tables") {
            checks.osqueryTables = try OsquerySettings.checked(tables: tables, osquery.name("tables"))
            set.append("osquery.tables")
        }
        try osquery.finish()
        return try Self.done(section, set)
    }

    private static func done(_ section: ConfigurationTable, _ set: [String]) throws(ConfigurationError) -> [String] {
        try section.finish()
        return set
    }

    /// A path that does not depend on where a program was started, so that nobody chooses what it means.
    private static func path(_ section: ConfigurationTable, _ key: String) throws(ConfigurationError) -> String? {
        guard let path = try section.string(key) else { return nil }
        guard path.hasPrefix("/"), path.utf8.count <= 1024, path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw ConfigurationError(section.name(key), "must be an absolute path")
        }
        return path
    }
}
