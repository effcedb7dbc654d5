// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Versions of packages, as the package managers' own files state them.
enum PackageVersions {
    /// The installed packages among these names, of dpkg's; without those that only stand for a snap.
    static func dpkg(_ installed: InstalledPackages, among wanted: Set<String>) -> [String: String] {
        var found: [String: String] = [:]
        for name in wanted {
            found[name] = installed.packages[name]?.first.flatMap { upstream($0.version) }
        }
        return found
    }

    /// The program's own version in a Debian one. `nil` for a package that stands for a snap.
    static func upstream(_ version: PackageVersion) -> String? {
        let text = version.program
        return text.hasPrefix("1snap") || text.hasPrefix("2snap") ? nil : checked(text)
    }

    /// Lines of a name and a version, as RPM is asked to print them; `nil` where its own package, which is always there, is not
    /// among them.
    static func rpm(_ bytes: [UInt8], among wanted: Set<String>) -> [String: String]? {
        var isWhole = false
        var found: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(4096) {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "rpm", checked(words[1]) != nil { isWhole = true }
            if words.count == 2, wanted.contains(String(words[0])) { found[String(words[0])] = checked(words[1]) }
        }
        return isWhole ? found : nil
    }

    /// Folders `name-version-release` of pacman's local database.
    static func pacman(_ folders: [String], among wanted: Set<String>) -> [String: String] {
        var found: [String: String] = [:]
        for folder in folders {
            let parts = folder.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count >= 3 else { continue }
            let name = parts.dropLast(2).joined(separator: "-")
            guard wanted.contains(name) else { continue }
            let version = parts[parts.count - 2]
            found[name] = checked(version.split(separator: ":").last ?? version)
        }
        return found
    }

    /// The version in a snap's `meta/snap.yaml`.
    static func snap(_ bytes: [UInt8]) -> String? {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(4096)
        where line.hasPrefix("version:") {
            let text = line.dropFirst("version:".count).trimmed
            let version = checked(text.filter { $0 != "'" && $0 != "\"" })
            // A snap's own revision may stand behind the program's version.
            return version.map { String($0.split(separator: "-")[0]) }
        }
        return nil
    }

    /// The newest release in AppStream metadata, which is the first.
    static func appStream(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)[...]
        guard let tag = text.range(ofText: "<release ") else { return nil }
        let rest = text[tag.lowerBound...]
        guard let end = rest.firstIndex(of: ">"), let start = rest[..<end].range(ofText: "version=") else { return nil }
        let value = rest[start.upperBound..<end]
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        return value.dropFirst().split(separator: quote, maxSplits: 1).first.flatMap(checked)
    }

    /// A version that consists of what versions consist of.
    private static func checked(_ text: some StringProtocol) -> String? {
        let isVersion =
            (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || [43, 45, 46, 95, 126].contains(byte)
            }
        return isVersion && text.utf8.first != 45 ? String(text) : nil
    }
}
