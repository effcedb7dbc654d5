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
        do throws(ReadFailure) {
            if let name = try repositoryWithoutCache(in: system) {
                let reason = "the repository \(name) was never fetched: run zypper refresh"
                return SecurityUpdates(unknown: reason, source: cache)
            }
        } catch {
            return SecurityUpdates(unknown: "\(repositories) \(error.predicate)", source: repositories)
        }
        return await RPMSecurityUpdates(
            folders: [cache], remedy: "zypper refresh", command: .listZypperPatches,
            count: { patches($0) }
        ).report(in: system)
    }

    private static let repositories = "/etc/zypp/repos.d"
    private static let cache = "/var/cache/zypp/raw"

    /// A repository that is enabled and has no metadata here, if there is one: zypper would ask the network for them, whatever it
    /// is told.
    private static func repositoryWithoutCache(in system: SystemView) throws(ReadFailure) -> String? {
        for file in try system.list(repositories, limit: 1024) where file.hasSuffix(".repo") {
            let bytes = try system.read("\(repositories)/\(file)")
            guard let settings = INISettings(parsing: bytes) else { throw .malformed }
            for name in settings.groups where (settings[name, "enabled"] ?? "1") != "0" {
                guard !name.contains("/"), try system.exists("\(cache)/\(name)/repodata/repomd.xml") else {
                    return name
                }
            }
        }
        return nil
    }

    /// The needed security patches in what `zypper --xmlout list-patches` prints.
    static func patches(_ bytes: [UInt8]) -> (count: Int, names: [String])? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let tags = text.split(separator: "<").map { $0.prefix { $0 != ">" } }
        guard tags.contains("/stream"), tags.contains("/update-list") || tags.contains("update-list/") else {
            return nil
        }
        // A repository that was left out leaves the answer open.
        guard !tags.contains(where: { $0.hasPrefix("message type=\"error") || $0.hasPrefix("message type=\"warning") })
        else { return nil }
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
