// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What greetd is told about logging in.
///
/// Source: greetd(5), greetd-config(5).
enum GreetdSettings {
    private static let file = "/etc/greetd/config.toml"

    /// Whether it begins with a session that nobody logs in to, or has such a one in the greeter's place.
    static func logsIn(in system: SystemView) throws(ReadFailure) -> Bool {
        let settings = try self.settings(in: system)
        if settings.hasInitialSession { return true }
        guard let user = settings.defaultUser, let bytes = try? system.read("/etc/passwd", limit: AccountTable.limit)
        else { return false }
        // Greeters run as accounts of the system.
        return AccountTable.accounts(parsing: bytes).contains { $0.name == user && (1000..<60000).contains($0.userID) }
    }

    private static func settings(in system: SystemView) throws(ReadFailure) -> Settings {
        for unit in ["display-manager.service", "greetd.service", "cosmic-greeter.service"] {
            for command in try UnitFile.commands(of: unit, in: system) {
                guard let words = LockCommand.words(command), let option = words.firstIndex(of: "--config"),
                    option + 1 < words.count
                else { continue }
                return try Settings(parsing: try system.read(words[option + 1]))
            }
        }
        return try Settings(parsing: try system.read(file))
    }

    /// What of the file matters.
    struct Settings: Hashable, Sendable {
        /// Whether there is a first session of somebody.
        var hasInitialSession = false
        /// Who runs what is shown for the login.
        var defaultUser: String?

        /// Reads the lines of TOML that are tables and plain keys.
        ///
        /// - Throws: ``ReadFailure/malformed`` for what is no text, which greetd refuses.
        init(parsing bytes: [UInt8]) throws(ReadFailure) {
            guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(where: { $0 < 9 }) else {
                throw .malformed
            }
            var table = ""
            for line in text.split(whereSeparator: \.isNewline) {
                let line = line.trimmed
                if line.isEmpty || line.hasPrefix("#") { continue }
                if line.hasPrefix("[") {
                    table = line.prefix { $0 != "]" }.dropFirst().filter { $0 != "\"" && $0 != "'" }.trimmed
                    if table == "initial_session" { hasInitialSession = true }
                } else if let sign = line.firstIndex(of: "=") {
                    let key = line[..<sign].trimmed
                    if table.isEmpty && key.hasPrefix("initial_session") { hasInitialSession = true }
                    if table == "default_session" && key == "user" {
                        defaultUser =
                            line[line.index(after: sign)...].prefix { $0 != "#" }
                            .filter { $0 != "\"" && $0 != "'" }.trimmed
                    }
                }
            }
        }
    }
}
