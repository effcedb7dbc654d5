// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Security updates on systems of RPM: the package manager's own answer from what it has fetched, as long as that is not too old.
struct RPMSecurityUpdates: Sendable {
    /// The folders that may hold what was fetched.
    let folders: [String]
    /// Where the installed packages are noted.
    static let databases = [
        "/usr/lib/sysimage/rpm/rpmdb.sqlite", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/Packages.db",
        "/var/lib/rpm/Packages",
    ]
    /// How a person has it fetched.
    let remedy: String
    /// What is asked.
    let command: Command
    /// How many packages or patches an answer names; `nil` where it is none.
    let count: @Sendable ([UInt8]) -> (count: Int, names: [String])?

    /// Reads it.
    func report(in system: SystemView) async -> SecurityUpdates {
        let source = folders[0]
        let cache: RepositoryCache
        do throws(ReadFailure) {
            guard let found = try RepositoryCache(below: folders, in: system) else {
                return SecurityUpdates(unknown: "no metadata are cached for this user: run \(remedy)", source: source)
            }
            cache = found
        } catch {
            return SecurityUpdates(unknown: "\(source) \(error.predicate)", source: source)
        }
        guard case .success(let age) = cache.age(at: system.now()) else {
            return SecurityUpdates(unknown: "the metadata are of the future: the clock is wrong", source: source)
        }
        let hours = SecurityUpdates.Part.known(Int(age / 3600))
        guard age <= RepositoryCache.longestAge else {
            let reason = "the cached metadata are \(age / 86400) days old: run \(remedy)"
            return SecurityUpdates(counts: .unknown(reason), age: hours, source: source)
        }
        let identities = try? system.identities(of: Self.databases + cache.indexes)
        if let identities, let kept: SecurityUpdates = system.facts?.value(named: remedy, ofThe: identities) {
            var kept = kept
            kept.age = hours
            return kept
        }
        let updates = await ask(system, hours)
        if let identities, case .known = updates.counts {
            system.facts?.keep(updates, named: remedy, ofThe: identities)
        }
        return updates
    }

    private func ask(_ system: SystemView, _ hours: SecurityUpdates.Part<Int>) async -> SecurityUpdates {
        let program = command.programs[0]
        switch await system.commands.run(command, environment: system.environment) {
        case .failure(let failure):
            return SecurityUpdates(counts: .unknown("\(program) \(failure.predicate)"), age: hours, source: program)
        case .success(let output):
            guard let answer = count(output) else {
                return SecurityUpdates(
                    counts: .unknown("the answer of \(program) is not understood"), age: hours, source: program)
            }
            return SecurityUpdates(
                counts: .known(.init(pending: answer.count, held: nil)), age: hours, source: program,
                evidence: answer.names.prefix(20).map { "pending: \($0)" })
        }
    }
}
