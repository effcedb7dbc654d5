// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Security updates on systems of dpkg and APT, by files alone, which APT's own tool decompresses where they are compressed.
///
/// What is known is as old as the suite's own date, or the last update of the lists that succeeded, where that is noted. The times
/// of the lists themselves are the server's, and tell nothing.
enum AptSecurityUpdates {
    /// How old the lists may be, in seconds: Debian says of its own that they are valid for a week.
    static let longestAge: Int64 = 7 * 86400
    /// How far ahead of the machine's clock a server's may be, in seconds.
    static let clockTolerance: Int64 = 86400

    /// Reads lists and installed packages.
    static func report(in system: SystemView) async -> SecurityUpdates {
        do throws(AptLists.Problem) {
            let lists = try AptLists(for: codenames(in: system), in: system)
            let knowledge = try knowledge(of: lists, in: system)
            let hours = Int(knowledge.age / 3600)
            if let reason = knowledge.whyItIsStale {
                return SecurityUpdates(counts: .unknown(reason), age: .known(hours), source: AptLists.folder)
            }
            let updates = try await updates(lists, in: system)
            let counts = SecurityUpdates.Counts(pending: updates.pending.count, held: updates.held.count)
            return SecurityUpdates(
                counts: .known(counts), age: .known(hours), source: AptLists.folder, evidence: evidence(lists, updates))
        } catch {
            return SecurityUpdates(unknown: reason(error), source: AptLists.folder)
        }
    }

    /// The names of this release, and of the one that a derivative is made of.
    private static func codenames(in system: SystemView) -> Set<String> {
        guard case .success(let (release, _)) = OSRelease.read(in: system) else { return [] }
        let fields = ["VERSION_CODENAME", "UBUNTU_CODENAME", "DEBIAN_CODENAME"]
        return Set(fields.compactMap { release.values[$0] }.filter { !$0.isEmpty })
    }

    private static func updates(
        _ lists: AptLists, in system: SystemView
    ) async throws(AptLists.Problem) -> AptUpdates {
        let all = lists.suites.flatMap(\.lists)
        let installed: InstalledPackages
        do throws(ReadFailure) { installed = try system.installedPackages() } catch {
            throw .unreadable(InstalledPackages.path, error)
        }
        // Lists of some megabytes are compared once, and again when one of them or what is installed is another.
        let sources = [InstalledPackages.path] + lists.suites.map(\.path) + all.map(\.path)
        let identities = try? system.identities(of: sources)
        if let identities, let kept: AptUpdates = system.facts?.value(named: "aptUpdates", ofThe: identities) {
            return kept
        }
        let updates = try await AptUpdates.read(installed: installed, lists: all, in: system)
        if let identities { system.facts?.keep(updates, named: "aptUpdates", ofThe: identities) }
        return updates
    }

    private struct Knowledge {
        /// In seconds.
        let age: Int64
        let whyItIsStale: String?
    }

    /// How old the knowledge is, and whether it is too old.
    private static func knowledge(of lists: AptLists, in system: SystemView) throws(AptLists.Problem) -> Knowledge {
        let now = system.now()
        let isStandard = lists.suites.contains { !$0.release.isExtended }
        var dates: [Int64] = []
        var isExpired = false
        for suite in lists.suites where !isStandard || !suite.release.isExtended {
            dates.append(try time("Date", of: suite) ?? 0)
            if let until = try time("Valid-Until", of: suite), until < now { isExpired = true }
        }
        var date = dates.min() ?? 0
        guard date <= now + clockTolerance else { throw .future }
        if let success = (try? system.modified(AptLists.successPath)) ?? nil, success <= now {
            date = max(date, success)
        }
        let age = max(0, now - date)
        if isExpired { return Knowledge(age: age, whyItIsStale: stale(age, "its validity has ended")) }
        return Knowledge(age: age, whyItIsStale: age > longestAge ? stale(age, "nobody has looked for newer") : nil)
    }

    private static func time(_ field: String, of suite: AptLists.Suite) throws(AptLists.Problem) -> Int64? {
        guard let text = suite.release.fields[field] else { return nil }
        guard let time = MailDate.parse(text) else { throw .unreadable(suite.path, .malformed) }
        return time
    }

    private static func stale(_ age: Int64, _ why: String) -> String {
        "what APT knows is \(age / 86400) days old, and \(why): run apt update"
    }

    private static func evidence(_ lists: AptLists, _ updates: AptUpdates) -> [String] {
        let suites = lists.suites.map { "\($0.release.fields["Suite"] ?? "?") of \($0.release.fields["Date"] ?? "?")" }
        let names = updates.pending.sorted().prefix(20).map {
            "pending: \($0)\(updates.held.contains($0) ? ", held" : "")"
        }
        return suites.sorted().prefix(8) + names
    }

    private static func reason(_ problem: AptLists.Problem) -> String {
        switch problem {
        case .unreadable(let path, let failure): "\(path) \(failure.predicate)"
        case .future: "the lists are of the future: the clock of this machine is wrong"
        case .none: "APT has no lists: run apt update"
        case .noSecuritySuite: "none of APT's sources is one of security updates for this release"
        case .compressed(let path, let failure):
            "\(path) is compressed, and apt-helper, which reads it, \(failure.predicate)"
        case .incomplete(let path): "APT has no list of packages for \(path)"
        }
    }
}
