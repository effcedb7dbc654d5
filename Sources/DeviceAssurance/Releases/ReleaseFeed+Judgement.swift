// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension ReleaseFeed.OperatingSystem {
    /// What a dynamic requirement comes to for a version.
    enum Answer: Hashable, Sendable {
        /// It is met, as far as the version goes.
        case met
        /// It is not; these releases would meet it, by their names.
        case notMet([String])
        /// The feed does not tell; the reason is for a person.
        case unknown(Wording)
    }

    /// Judges a version by a requirement on the major release. A rolling system is always the latest.
    func judge(_ version: DottedVersion, by kind: DynamicVersionRequirement.Kind, now: Int64) -> Answer {
        switch kind {
        case .notAllowed: return .notMet([])
        case .minimum(let distance):
            let accepted = releases.filter { $0.distanceFromLatestMajor <= distance }
            guard let oldest = accepted.map({ major($0.osVersion) }).min() else { return noRelease(at: distance) }
            return major(version) >= oldest ? .met : .notMet(names(accepted))
        case .exact(let distance):
            let accepted = releases.filter { $0.distanceFromLatestMajor == distance }
            guard !accepted.isEmpty else { return noRelease(at: distance) }
            return isOne(of: accepted, version)
        case .exactAnySupported:
            return isOne(of: releases.filter { $0.isSupported(at: now) }, version)
        }
    }

    /// Whether a version has the latest security patch of its release: the feed's version of it, or a newer one.
    func judgePatch(_ version: DottedVersion) -> Answer {
        let same = releases.filter { major($0.osVersion) == major(version) }
        guard let newest = same.map(\.osVersion).max() else {
            return .unknown(.reason(.releaseNotInFeed, version.description, name))
        }
        return version >= newest ? .met : .notMet([newest.description])
    }

    private func isOne(of accepted: [ReleaseFeed.Release], _ version: DottedVersion) -> Answer {
        let own = major(version)
        if accepted.contains(where: { major($0.osVersion) == own }) { return .met }
        // A release that came out after the feed: the feed cannot say what it is.
        if let newest = releases.map({ major($0.osVersion) }).max(), own > newest {
            return .unknown(.reason(.releaseAfterFeed, version.description, name))
        }
        return .notMet(names(accepted))
    }

    private func noRelease(at distance: Int) -> Answer {
        .unknown(.reason(.noReleaseAtDistance, name, String(distance)))
    }

    private func names(_ releases: [ReleaseFeed.Release]) -> [String] {
        var seen: Set<String> = []
        return releases.sorted { $0.osVersion > $1.osVersion }.map(\.displayName).filter { seen.insert($0).inserted }
    }
}
