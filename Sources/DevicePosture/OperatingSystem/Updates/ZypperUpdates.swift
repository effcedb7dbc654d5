// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Security patches by zypper.
enum ZypperUpdates {
    /// Asks it, where the distribution publishes patches.
    static func report(in system: SystemView) async -> SecurityUpdates {
        if case .success(let (release, path)) = OSRelease.read(in: system),
            ["opensuse-tumbleweed", "opensuse-slowroll"].contains(release.id)
        {
            // It would answer that none is missing, always.
            return SecurityUpdates(unknown: "this distribution publishes whole snapshots, no patches", source: path)
        }
        return await RPMSecurityUpdates(
            folders: ["/var/cache/zypp/raw"], remedy: "zypper refresh", command: .listZypperPatches,
            count: { patches($0) }
        ).report(in: system)
    }

    /// The needed security patches in what `zypper --xmlout list-patches` prints.
    static func patches(_ bytes: [UInt8]) -> (count: Int, names: [String])? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let tags = text.split(separator: "<").map { $0.prefix { $0 != ">" } }
        guard tags.contains("/stream"), tags.contains("/update-list") || tags.contains("update-list/") else {
            return nil
        }
        var names: Set<String> = []
        for tag in tags where tag.hasPrefix("update ") {
            guard let name = attribute("name", of: tag), let category = attribute("category", of: tag) else {
                return nil
            }
            let isNeeded = attribute("status", of: tag).map { $0 == "needed" } ?? true
            if category == "security", isNeeded { names.insert(name) }
        }
        return (names.count, names.sorted())
    }

    private static func attribute(_ name: String, of tag: Substring) -> String? {
        let parts = tag.split(separator: "\"", omittingEmptySubsequences: false)
        for index in stride(from: 0, to: parts.count - 1, by: 2) where parts[index].trimmed == "\(name)=" {
            return String(parts[index + 1])
        }
        // The first part begins with the tag's own name.
        return parts.count > 1 && parts[0].hasSuffix(" \(name)=") ? String(parts[1]) : nil
    }
}
