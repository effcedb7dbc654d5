// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Security updates by DNF 5 and DNF 4.
enum DnfUpdates {
    /// Asks the one that is installed, the newer first.
    static func report(in system: SystemView) async -> SecurityUpdates {
        var folders = ["/var/cache/libdnf5", "/var/cache/dnf"]
        if let home = system.home { folders.append("\(home)/.cache/libdnf5") }
        for name in (try? system.list("/var/tmp")) ?? [] where name.hasPrefix("dnf-") {
            let folder = "/var/tmp/\(name)"
            if (try? system.owner(of: folder)) == system.userID { folders.append(folder) }
        }
        let isNew = (try? system.exists("/usr/bin/dnf5")) ?? false
        return await RPMSecurityUpdates(
            folders: folders, remedy: "dnf makecache", command: isNew ? .listDnf5Advisories : .listDnf4Advisories,
            count: { isNew ? json($0) : lines($0) }
        ).report(in: system)
    }

    private struct Advisory: Decodable {
        let name: String
        let type: String
        let nevra: String
    }

    /// The packages in what `dnf5 advisory list --json` prints.
    static func json(_ bytes: [UInt8]) -> (count: Int, names: [String])? {
        guard let advisories = try? JSONDecoder().decode([Advisory].self, from: Data(bytes)) else { return nil }
        return packages(advisories.filter { $0.type == "security" }.map(\.nevra))
    }

    /// The packages in what `dnf updateinfo list` of DNF 4 prints: advisory, severity and package in three columns.
    ///
    /// Its first line tells when the metadata were fetched; an answer without it is none.
    static func lines(_ bytes: [UInt8]) -> (count: Int, names: [String])? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var nevras: [String] = []
        var isAnswer = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if line.hasPrefix("Last metadata expiration check") {
                isAnswer = true
            } else if words.count == 3, words[1].hasSuffix("/Sec.") {
                nevras.append(String(words[2]))
            } else {
                return nil
            }
        }
        return isAnswer ? packages(nevras) : nil
    }

    /// Each package once, of a name with version, release and architecture each.
    private static func packages(_ nevras: [String]) -> (count: Int, names: [String])? {
        var names: Set<String> = []
        for nevra in nevras {
            let parts = nevra.split(separator: "-")
            guard parts.count >= 3, let dot = parts[parts.count - 1].lastIndex(of: ".") else { return nil }
            let architecture = parts[parts.count - 1][dot...]
            names.insert(parts.dropLast(2).joined(separator: "-") + architecture)
        }
        return (names.count, names.sorted())
    }
}
