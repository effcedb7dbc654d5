// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What pacman's lists have that is newer than what is installed.
///
/// They do not say which updates mend security. So only that there is none at all is known: then none of security is lacking, either.
enum PacmanUpdates {
    static let installed = "/var/lib/pacman/local"
    static let lists = "/var/lib/pacman/sync"
    static let settings = "/etc/pacman.conf"
    private static let mostPackages = 200_000

    /// Compares installed packages with what was fetched last of each repository that is switched on.
    static func report(in system: SystemView) async -> SecurityUpdates {
        let repositories: [PacmanRepositoryName]
        let packages: [String: String]
        let age: Int64
        do throws(ReadFailure) {
            let text = try system.read(settings)
            repositories = try self.repositories(text)
            for path in try includes(text) { try checkIncluded(try system.read(path, limit: 256 * 1024)) }
            packages = try self.packages(try system.list(installed))
        } catch {
            return SecurityUpdates(
                unknown: "pacman's settings or packages: a file \(error.predicate)", source: settings)
        }
        do throws(ReadFailure) {
            // The time of a list is the server's, of when it was last another: an upper bound of the age of what is known. What is
            // known of all is as old as the oldest.
            let times = try repositories.map { name throws(ReadFailure) in try system.modified(name.path) }
            guard !times.contains(nil), let oldest = times.compactMap({ $0 }).min() else {
                return SecurityUpdates(
                    unknown: "pacman has not fetched all of its lists: run pacman -Syu", source: lists)
            }
            age = system.now() - oldest
        } catch {
            return SecurityUpdates(unknown: "\(lists) \(error.predicate)", source: lists)
        }
        guard age >= -AptSecurityUpdates.clockTolerance else {
            return SecurityUpdates(unknown: "the lists are of the future: the clock is wrong", source: lists)
        }
        let hours = SecurityUpdates.Part.known(Int(max(0, age) / 3600))
        guard age <= RepositoryCache.longestAge else {
            let reason = "pacman's lists are \(age / 86400) days old: run pacman -Syu"
            return SecurityUpdates(counts: .unknown(reason), age: hours, source: lists)
        }
        return await compare(packages, repositories, hours, system)
    }

    private static func compare(
        _ packages: [String: String], _ repositories: [PacmanRepositoryName], _ hours: SecurityUpdates.Part<Int>,
        _ system: SystemView
    ) async -> SecurityUpdates {
        let identities = try? system.identities(of: [installed, settings] + repositories.map(\.path))
        if let identities, let kept: SecurityUpdates = system.facts?.value(named: "pacmanUpdates", ofThe: identities) {
            return SecurityUpdates(counts: kept.counts, age: hours, source: lists, evidence: kept.evidence)
        }
        var open = packages
        var newer: [String] = []
        for name in repositories {
            let text: [UInt8]
            switch await system.commands.run(.listPacmanRepository(name), environment: system.environment) {
            case .failure(let failure):
                return SecurityUpdates(
                    counts: .unknown("bsdtar, which reads \(name.path), \(failure.predicate)"), age: hours,
                    source: lists)
            case .success(let output): text = output
            }
            guard let found = outdated(open, in: text) else {
                return SecurityUpdates(counts: .unknown("\(name.path) is not understood"), age: hours, source: lists)
            }
            newer += found.newer
            // The first repository that has a package is the one that it comes from.
            for package in found.seen { open[package] = nil }
        }
        let updates = SecurityUpdates(
            counts: newer.isEmpty
                ? .known(.init(pending: 0, held: 0))
                : .unknown("\(newer.count) packages have updates, of which pacman's lists do not say what they mend"),
            age: hours, source: lists,
            evidence: ["of no repository: \(open.count)"] + newer.sorted().prefix(20).map { "newer: \($0)" })
        if let identities { system.facts?.keep(updates, named: "pacmanUpdates", ofThe: identities) }
        return updates
    }

    /// The repositories that settings switch on, in their order.
    ///
    /// - Throws: ``ReadFailure/malformed`` where there is none, or one of another form.
    static func repositories(_ bytes: [UInt8]) throws(ReadFailure) -> [PacmanRepositoryName] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        var names: [PacmanRepositoryName] = []
        for line in text.split(whereSeparator: \.isNewline).map(\.trimmed) where line.hasPrefix("[") {
            guard line.hasSuffix("]"), names.count < 64 else { throw .malformed }
            let section = line.dropFirst().dropLast()
            if section == "options" { continue }
            guard let name = PacmanRepositoryName(section) else { throw .malformed }
            names.append(name)
        }
        guard !names.isEmpty else { throw .malformed }
        return names
    }

    /// The files that settings take in, as with lists of servers (pacman.conf(5), "Include").
    ///
    /// - Throws: ``ReadFailure/malformed`` where one is named by a pattern or not by its whole path.
    static func includes(_ bytes: [UInt8]) throws(ReadFailure) -> [String] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        var paths: [String] = []
        for line in text.split(whereSeparator: \.isNewline).map(\.trimmed) where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmed)
            guard parts.first?.lowercased() == "include" else { continue }
            guard parts.count == 2, parts[1].hasPrefix("/"), !parts[1].contains(where: { "*?[".contains($0) }),
                paths.count < 64
            else { throw .malformed }
            if !paths.contains(parts[1]) { paths.append(parts[1]) }
        }
        return paths
    }

    /// Refuses a file that settings take in and that has a repository or takes in another file: its lists would be left out.
    private static func checkIncluded(_ bytes: [UInt8]) throws(ReadFailure) {
        guard try includes(bytes).isEmpty, let text = String(validating: bytes, as: UTF8.self),
            !text.split(whereSeparator: \.isNewline).contains(where: { $0.trimmed.hasPrefix("[") })
        else { throw .malformed }
    }

    /// The installed packages with their versions, by the folders of the local database.
    static func packages(_ folders: [String]) throws(ReadFailure) -> [String: String] {
        var packages: [String: String] = [:]
        for folder in folders where folder != "ALPM_DB_VERSION" {
            guard let (name, version) = parts(folder[...]), packages.count < mostPackages else { throw .malformed }
            packages[String(name)] = String(version)
        }
        guard !packages.isEmpty else { throw .malformed }
        return packages
    }

    /// Which of some packages a list has, and which of them in a newer version; `nil` where it is no list.
    static func outdated(
        _ packages: [String: String], in list: [UInt8]
    ) -> (seen: [String], newer: [String])? {
        guard let text = String(validating: list, as: UTF8.self) else { return nil }
        var seen: [String] = []
        var newer: [String] = []
        var count = 0
        for line in text.utf8.split(separator: 10) {
            // A folder, or a file in it.
            let folder = Substring(line).prefix { $0 != "/" }
            guard line.last == UInt8(ascii: "/") else {
                guard folder.utf8.count < line.count else { return nil }
                continue
            }
            count += 1
            guard let (name, version) = parts(folder), count < mostPackages else { return nil }
            guard let own = packages[String(name)] else { continue }
            guard let installed = PacmanVersion(own), let listed = PacmanVersion(version) else { return nil }
            seen.append(String(name))
            if installed < listed { newer.append("\(name) \(own) -> \(version)") }
        }
        return count > 0 ? (seen, newer) : nil
    }

    /// Name and version of `name-version-release`.
    private static func parts(_ folder: Substring) -> (name: Substring, version: Substring)? {
        guard let last = folder.lastIndex(of: "-"), let dash = folder[..<last].lastIndex(of: "-"),
            dash > folder.startIndex
        else { return nil }
        return (folder[..<dash], folder[folder.index(after: dash)...])
    }
}
