// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import WireProtocol

/// One setting as it holds on this device: its value, where that came from, and whether the person may change it.
package struct EffectiveSetting: Hashable, Sendable {
    /// A value.
    package enum Value: Hashable, Sendable {
        /// Nothing is set, and the agent needs nothing.
        case absent
        /// A text.
        case text(String)
        /// A number.
        case number(Int)
        /// A flag.
        case flag(Bool)
        /// A list of texts.
        case list([String])
        /// A list of numbers.
        case numbers([Int])
        /// The keys of an entry that are set.
        case table([String: String])
    }

    /// Where a value came from.
    package enum Origin: Hashable, Sendable {
        /// The agent's own default.
        case standard
        /// The administrator's files.
        case file(AgentConfiguration.Source)
        /// A variable of the person's environment.
        case variable(String)
    }

    /// The key's full name; an organisation's is `organizations.` and its address.
    package var key: String
    /// The value.
    package var value: Value
    /// Where it came from.
    package var origin: Origin
    /// Whether the administrator has locked it.
    package var isLocked: Bool
}

extension AgentConfiguration {
    /// All settings, by the person's environment.
    package func effectiveSettings(environment: [String: String]) -> [EffectiveSetting] {
        let checks = customChecks
        let pinentry = pinentry(environment: environment["COUNTERSIGN_PINENTRY"])
        let authorities = authorities(environment: environment["COUNTERSIGN_CA_FILE"])
        var settings = organizations.map { entry in
            setting("organizations.\(entry.address)", .table(Self.table(entry)), lock: .organizations)
        }
        settings.append(setting("loopback.ports", .numbers(ports), lock: .loopbackPorts))
        settings.append(
            setting(
                "pinentry.program", .text(pinentry.value ?? "pinentry"), lock: .pinentryProgram,
                by: pinentry.origin == .environment ? "COUNTERSIGN_PINENTRY" : nil))
        settings.append(
            setting(
                "network.authorities", authorities.value.map { .text($0) } ?? .absent, lock: .networkAuthorities,
                by: authorities.origin == .environment ? "COUNTERSIGN_CA_FILE" : nil))
        settings.append(setting("log.level", .text(logLevel.rawValue), lock: .logLevel))
        settings.append(
            setting("custom_uri.organizations", .list(linkIssuers.map(\.description).sorted())))
        settings.append(setting("custom_checks.enabled", .flag(checks != nil)))
        guard let checks else { return settings + [locks] }
        settings.append(setting("custom_checks.organizations", .list(checks.organizations)))
        settings.append(setting("custom_checks.timeout_millis", .number(checks.timeoutMillis)))
        if let osquery = checks.osquery {
            settings.append(setting("custom_checks.osquery.program", .text(osquery.program)))
            settings.append(setting("custom_checks.osquery.tables", .list(osquery.tables)))
        }
        return settings + [locks]
    }

    private var locks: EffectiveSetting { setting("locked", .list(locked.sorted().map(\.rawValue))) }

    private func setting(
        _ key: String, _ value: EffectiveSetting.Value, lock: ConfigurationLock? = nil, by variable: String? = nil
    ) -> EffectiveSetting {
        let set: EffectiveSetting.Origin = sources[key].map { .file($0) } ?? .standard
        // What no flag and no variable changes is as good as locked; it is not said, since nothing had to be done for it.
        return EffectiveSetting(
            key: key, value: value, origin: variable.map { .variable($0) } ?? set,
            isLocked: lock.map(locked.contains) ?? false)
    }

    private static func table(_ entry: OfferedOrganization) -> [String: String] {
        var table = ["proof": entry.proof.rawValue]
        table["name"] = entry.name
        table["user"] = entry.user
        table["key"] = entry.key?.rawValue
        table["possession_key"] = entry.possessionKey?.rawValue
        table["user_verification"] = entry.verification?.rawValue
        return table
    }
}

extension EffectiveSetting: Encodable {
    private enum CodingKeys: String, CodingKey {
        case key, value, source, file, line, variable, locked
    }

    /// `{"key", "value", "source": "default" | "file" | "environment", "file", "line", "variable", "locked"}`.
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(key, forKey: .key)
        switch value {
        case .absent: try members.encodeNil(forKey: .value)
        case .text(let text): try members.encode(text, forKey: .value)
        case .number(let number): try members.encode(number, forKey: .value)
        case .flag(let flag): try members.encode(flag, forKey: .value)
        case .list(let list): try members.encode(list, forKey: .value)
        case .numbers(let numbers): try members.encode(numbers, forKey: .value)
        case .table(let table): try members.encode(table, forKey: .value)
        }
        switch origin {
        case .standard: try members.encode("default", forKey: .source)
        case .file(let source):
            try members.encode("file", forKey: .source)
            try members.encode(source.file, forKey: .file)
            try members.encodeIfPresent(source.line, forKey: .line)
        case .variable(let name):
            try members.encode("environment", forKey: .source)
            try members.encode(name, forKey: .variable)
        }
        try members.encode(isLocked, forKey: .locked)
    }
}

extension EffectiveSetting.Value: CustomStringConvertible {
    /// The value as the file has it.
    package var description: String {
        switch self {
        case .absent: "(none)"
        case .text(let text): "\"\(text)\""
        case .number(let number): String(number)
        case .flag(let flag): String(flag)
        case .list(let list): "[" + list.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
        case .numbers(let numbers): "[" + numbers.map(String.init).joined(separator: ", ") + "]"
        case .table(let table):
            "{ " + table.sorted { $0.key < $1.key }.map { "\($0.key) = \"\($0.value)\"" }.joined(separator: ", ") + " }"
        }
    }
}

extension EffectiveSetting.Origin: CustomStringConvertible {
    /// For a person.
    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let source): source.file + (source.line.map { ":\($0)" } ?? "")
        case .variable(let name): name
        }
    }
}
