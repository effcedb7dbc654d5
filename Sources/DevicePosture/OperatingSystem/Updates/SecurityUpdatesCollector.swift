// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `securityUpdatesPending`, `securityUpdatesHeld` and `securityUpdatesAge`: what the machine knows to be mended and has not installed.
///
/// Nothing here asks the network: what was fetched last counts, as long as it is not too old.
struct SecurityUpdatesCollector: SignalCollector {
    let signals: [SignalName] = [.securityUpdatesPending, .securityUpdatesHeld, .securityUpdatesAge]

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        var updates = await Self.updates(in: system)
        updates.evidence += Self.others(in: system)
        var readings: [SignalName: SignalReading] = [:]
        for name in requested {
            let state: SignalState =
                switch (name, updates.counts, updates.age) {
                case (.securityUpdatesAge, _, .known(let hours)): .known(.integer(hours))
                case (.securityUpdatesAge, _, .unknown(let reason)): .unknown(reason: reason)
                case (.securityUpdatesPending, .known(let counts), _): .known(.integer(counts.pending))
                case (_, .known(let counts), _):
                    counts.held.map { .known(.integer($0)) }
                        ?? .unknown(reason: "this package manager does not tell what is held back")
                case (_, .unknown(let reason), _): .unknown(reason: reason)
                }
            readings[name] = system.reading(
                of: Finding(state, source: updates.source, evidence: updates.evidence))
        }
        return readings
    }

    private static func updates(in system: SystemView) async -> SecurityUpdates {
        let manager: PackageManager?
        do throws(ReadFailure) { manager = try PackageManager.detect(in: system) } catch {
            return SecurityUpdates(unknown: "\(OSRelease.paths[0]) \(error.predicate)", source: OSRelease.paths[0])
        }
        switch manager {
        case .apt: return await AptSecurityUpdates.report(in: system)
        case .dnf: return await DnfUpdates.report(in: system)
        case .zypper: return await ZypperUpdates.report(in: system)
        case .rpmOSTree: return unknown("rpm-ostree does not say when it has looked for updates last")
        case .bootc: return unknown("bootc tells of the next image to root alone")
        case .transactionalUpdate:
            return unknown("updates go into a snapshot that is not seen from the one that runs")
        case .pacman: return await PacmanUpdates.report(in: system)
        case .apk: return unknown("apk's lists do not say which updates are for security")
        case .nix: return unknown("NixOS does not say which updates are for security")
        case .steamOS: return unknown("SteamOS is replaced as an image, and does not say what that mends")
        case nil: return unknown("the package manager of this distribution is not known")
        }
    }

    /// What else installs programs here and does not count: it updates itself, or does not say what an update mends.
    private static func others(in system: SystemView) -> [String] {
        let snaps = ((try? system.list("/snap", limit: 4096)) ?? []).filter { $0 != "bin" && $0 != "README" }
        let apps = (try? system.list("/var/lib/flatpak/app", limit: 4096)) ?? []
        return [("snaps", snaps), ("Flatpaks", apps)].filter { !$0.1.isEmpty }.map {
            "\($0.0), not counted: \($0.1.count)"
        }
    }

    private static func unknown(_ reason: String) -> SecurityUpdates {
        SecurityUpdates(unknown: reason, source: OSRelease.paths[0])
    }
}
