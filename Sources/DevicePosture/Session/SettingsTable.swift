// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A key of GSettings.
struct SettingsKey: Hashable, Sendable {
    /// The schema.
    let schema: Command.SettingsSchema
    /// The key's name.
    let name: String

    init(_ schema: Command.SettingsSchema, _ name: String) {
        self.schema = schema
        self.name = name
    }
}

/// Keys of GSettings with their values in GVariant's text form, and which of them the administrator locked.
struct SettingsTable: Hashable, Sendable {
    /// Why settings could not be read.
    struct Failure: Error, Hashable, Sendable {
        /// For a person.
        var reason: String
    }

    /// Where settings come from that the command printed.
    static let commandSource = "gsettings"

    /// Where the settings were read.
    let source: String
    private let values: [String: String]
    /// The keys that the person may not change; `nil` where that is not known.
    private let locked: Set<SettingsKey>?

    /// Parses the output of `gsettings list-recursively`: a line for each key with schema, key and value. Lines of another form
    /// are skipped.
    init(parsing bytes: [UInt8]) {
        var values: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 2)
            if fields.count == 3 { values["\(fields[0]) \(fields[1])"] = String(fields[2]) }
        }
        self.values = values
        locked = nil
        source = Self.commandSource
    }

    /// A table of values that were read from files.
    init(_ values: [SettingsKey: String], locked: Set<SettingsKey>, source: String) {
        self.values = Dictionary(
            values.map { ("\($0.key.schema.rawValue) \($0.key.name)", $0.value) },
            uniquingKeysWith: { first, _ in first })
        self.locked = locked
        self.source = source
    }

    /// Reads keys: from dconf's files, which takes no process and tells what is locked, else by the command.
    static func read(_ keys: [SettingsKey], in system: SystemView) async -> Result<SettingsTable, Failure> {
        if let table = DconfSettings.read(keys, in: system) { return .success(table) }
        let schemas = Set(keys.map(\.schema)).sorted { $0.rawValue < $1.rawValue }
        // The commands run side by side.
        let outputs = await withTaskGroup(of: Result<[UInt8], CommandFailure>.self) { group in
            for schema in schemas {
                group.addTask { await system.commands.run(.listSettings(schema), environment: system.environment) }
            }
            var outputs: [Result<[UInt8], CommandFailure>] = []
            for await output in group { outputs.append(output) }
            return outputs
        }
        var bytes: [UInt8] = []
        for output in outputs {
            switch output {
            case .failure(let failure): return .failure(Failure(reason: "gsettings \(failure.predicate)"))
            case .success(let some): bytes += some + [UInt8(ascii: "\n")]
            }
        }
        return .success(SettingsTable(parsing: bytes))
    }

    /// A yes or no, or `nil` where the key is not there or is something else.
    func boolean(_ key: String, of schema: Command.SettingsSchema) -> Bool? {
        switch values["\(schema.rawValue) \(key)"] {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A number with or without its GVariant type before it.
    func number(_ key: String, of schema: Command.SettingsSchema) -> Int? {
        values["\(schema.rawValue) \(key)"]?.split(separator: " ").last.flatMap { Int($0) }
    }

    /// Whether the person may change one of the keys.
    func enforcement(of keys: [SettingsKey]) -> ScreenLockPlan.Enforcement {
        guard let locked else { return .unknown("gsettings does not tell which keys are locked") }
        return keys.allSatisfy(locked.contains) ? .locked : .free
    }
}
