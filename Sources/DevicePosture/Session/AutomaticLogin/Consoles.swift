// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the text consoles do about logging in.
enum Consoles {
    private static let kinds = ["getty@", "serial-getty@", "container-getty@", "autovt@", "console-getty."]
    private static let wanted = "/etc/systemd/system/getty.target.wants"
    /// Some distributions' consoles leave this once they have logged somebody in.
    private static let mark = "/run/agetty.autologged"

    /// Reads the units of all consoles, or the table of another init.
    static func find(in system: SystemView) -> AutomaticLoginSurvey {
        var survey = AutomaticLoginSurvey()
        survey.look(at: "consoles") { () throws(ReadFailure) in
            if try system.exists(mark) { return true }
            guard try ServiceManager.isSystemd(in: system) else {
                return inittabLogsIn(try system.readIfPresent("/etc/inittab") ?? [])
            }
            for unit in try units(in: system) {
                if try UnitFile.commands(of: unit, in: system).contains(where: logsIn) { return true }
            }
            return try wantedFiles(in: system).contains { UnitFile.commands(in: [$0]).contains(where: logsIn) }
        }
        return survey
    }

    /// The names of consoles' units that have a file, or a folder of changes.
    private static func units(in system: SystemView) throws(ReadFailure) -> Set<String> {
        var units: Set<String> = []
        for folder in UnitFile.folders {
            guard try system.exists(folder) else { continue }
            for name in try system.list(folder) where kinds.contains(where: name.hasPrefix) {
                let unit = name.hasSuffix(".d") ? String(name.dropLast(2)) : name
                if unit.hasSuffix(".service"), units.count < 256 { units.insert(unit) }
            }
        }
        return units
    }

    /// The files of what is started as a console under another name.
    private static func wantedFiles(in system: SystemView) throws(ReadFailure) -> [[UInt8]] {
        guard try system.exists(wanted) else { return [] }
        var files: [[UInt8]] = []
        for name in try system.list(wanted, limit: 256) {
            let path = try? system.canonical("\(wanted)/\(name)")
            // Those of the usual names were read with all that changes them.
            guard let file = path?.split(separator: "/").last, !kinds.contains(where: file.hasPrefix) else { continue }
            if let bytes = try system.readIfPresent("\(wanted)/\(name)") { files.append(bytes) }
        }
        return files
    }

    /// Whether a console's command logs somebody in: agetty(8), mingetty(8), or login(1) with somebody who counts as known.
    static func logsIn(_ command: String) -> Bool {
        guard let words = LockCommand.words(command) else { return command.contains("autologin") }
        if words.contains(where: { $0.contains("--autologin") }) { return true }
        let program = words.first?.drop { "-@:+!|".contains($0) }.split(separator: "/").last
        switch program {
        case "agetty", "getty":
            if words.dropFirst().contains(where: { $0.hasPrefix("-a") && !$0.hasPrefix("--") }) { return true }
            return zip(words, words.dropFirst()).contains { option, value in
                ["-o", "--login-options"].contains(option) && value.split(separator: " ").contains("-f")
            }
        case "login": return words.contains("-f")
        default: return false
        }
    }

    /// Whether a line of inittab(5) logs somebody in.
    static func inittabLogsIn(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            guard !line.trimmed.hasPrefix("#") else { return false }
            let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, ["respawn", "askfirst", "once", "wait"].contains(fields[2].trimmed) else {
                return false
            }
            return logsIn(fields[3].trimmed)
        }
    }
}
