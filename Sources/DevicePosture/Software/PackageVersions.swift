// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Versions of packages, as the package managers' own files state them.
enum PackageVersions {
    /// The installed packages among these names, from dpkg's status file: paragraphs of fields; `nil` where it names no package.
    static func dpkg(_ bytes: [UInt8], among wanted: Set<String>) -> [String: String]? {
        var found: [String: String] = [:]
        var hasPackages = false
        var name: String?
        var isInstalled = false
        var version: String?
        func end() {
            if let name, isInstalled, let version { found[name] = version }
            (name, isInstalled, version) = (nil, false, nil)
        }
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let stop = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            let line = bytes[start..<stop]
            start = stop + 1
            switch line.first {
            case nil: end()
            case UInt8(ascii: "P"):
                guard let value = field("Package: ", of: line) else { continue }
                end()
                hasPackages = true
                if wanted.contains(value) { name = value }
            case UInt8(ascii: "S") where name != nil:
                if let value = field("Status: ", of: line) { isInstalled = value.hasSuffix(" installed") }
            case UInt8(ascii: "V") where name != nil:
                if let value = field("Version: ", of: line) { version = upstream(value) }
            default: continue
            }
        }
        end()
        return hasPackages ? found : nil
    }

    private static func field(_ name: String, of line: ArraySlice<UInt8>) -> String? {
        line.starts(with: name.utf8) ? String(decoding: line.dropFirst(name.utf8.count), as: UTF8.self).trimmed : nil
    }

    /// The program's own version in a Debian one: without epoch and revision. `nil` for a package that stands for a snap.
    static func upstream(_ version: String) -> String? {
        var rest = version[...]
        if let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        guard !rest.hasPrefix("1snap") && !rest.hasPrefix("2snap") else { return nil }
        if let dash = rest.lastIndex(of: "-") { rest = rest[..<dash] }
        return checked(rest)
    }

    /// Lines of a name and a version, as RPM is asked to print them.
    static func rpm(_ bytes: [UInt8], among wanted: Set<String>) -> [String: String] {
        var found: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(4096) {
            let words = line.split(separator: " ")
            if words.count == 2, wanted.contains(String(words[0])) { found[String(words[0])] = checked(words[1]) }
        }
        return found
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
