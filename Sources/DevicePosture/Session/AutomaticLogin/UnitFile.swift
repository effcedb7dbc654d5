// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a service of systemd runs, by its file and the files that change it.
///
/// Source: systemd.unit(5).
enum UnitFile {
    /// The folders of units, the most important first.
    static let folders = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ]

    /// The commands of a unit that is no link to another; none where there is no such unit.
    static func commands(of unit: String, in system: SystemView) throws(ReadFailure) -> [String] {
        var files: [[UInt8]] = []
        let names = [unit] + (template(of: unit).map { [$0] } ?? [])
        search: for name in names {
            for folder in folders {
                if let bytes = try read("\(folder)/\(name)", in: system) {
                    files.append(bytes)
                    break search
                }
            }
        }
        // Of files of one name the most important stands; all are read in the order of their names.
        var changes: [String: String] = [:]
        for name in names {
            for folder in folders {
                let path = "\(folder)/\(name).d"
                guard try system.exists(path) else { continue }
                for file in try system.list(path, limit: 1024) where file.hasSuffix(".conf") && changes[file] == nil {
                    changes[file] = "\(path)/\(file)"
                }
            }
        }
        for (_, path) in changes.sorted(by: { $0.key < $1.key }) {
            if let bytes = try read(path, in: system) { files.append(bytes) }
        }
        return commands(in: files)
    }

    /// A file; none where it is a link to `/dev/null`, which takes away what it stands for.
    private static func read(_ path: String, in system: SystemView) throws(ReadFailure) -> [UInt8]? {
        do throws(ReadFailure) {
            return try system.readIfPresent(path)
        } catch ReadFailure.wrongKind where (try? system.canonical(path)) == "/dev/null" {
            return []
        } catch {
            throw error
        }
    }

    /// The template of an instance, such as `getty@.service` of `getty@tty1.service`.
    private static func template(of unit: String) -> String? {
        guard let at = unit.firstIndex(of: "@"), let dot = unit.lastIndex(of: "."), unit.index(after: at) < dot else {
            return nil
        }
        return String(unit[...at]) + String(unit[dot...])
    }

    /// The commands that files come to, of which each may take back what those before it said.
    static func commands(in files: [[UInt8]]) -> [String] {
        var commands: [String] = []
        for file in files {
            var pending = ""
            for line in String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline) {
                let text = line.trimmed
                if text.hasPrefix("#") || text.hasPrefix(";") { continue }
                if text.hasSuffix("\\") {
                    pending += text.dropLast() + " "
                    continue
                }
                let whole = pending + text
                pending = ""
                guard let sign = whole.firstIndex(of: "="), whole[..<sign].trimmed == "ExecStart" else { continue }
                let command = whole[whole.index(after: sign)...].trimmed
                if command.isEmpty { commands = [] } else { commands.append(command) }
            }
        }
        return commands
    }
}
