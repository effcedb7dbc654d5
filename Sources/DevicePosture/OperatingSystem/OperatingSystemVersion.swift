// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `osVersion`: `VERSION_ID` of os-release(5); on Debian with the point release of `/etc/debian_version`.
struct OperatingSystemVersionCollector: SingleSignalCollector {
    static let name = SignalName.osVersion
    static let debianVersionPath = "/etc/debian_version"
    static var lastingSources: [String]? { OSRelease.allPaths + [debianVersionPath] }

    func find(in system: SystemView) -> Finding {
        switch OSRelease.read(in: system) {
        case .failure(let failure):
            return .unknown(failure, at: OSRelease.paths[0])
        case .success(let (release, path)):
            // Derivatives carry Debian's file with Debian's version, which is not theirs.
            let point =
                release.id == "debian" && path == OSRelease.paths[0]
                ? (try? system.attributeIfPresent(Self.debianVersionPath)) ?? nil : nil
            return Self.version(of: release, at: path, debianVersion: point)
        }
    }

    /// The version that an os-release file states, with Debian's point release where it belongs to it.
    static func version(of release: OSRelease, at path: String, debianVersion: String?) -> Finding {
        guard let version = release.values["VERSION_ID"], !version.isEmpty else {
            if release.values["BUILD_ID"] == "rolling" {
                return .notApplicable("a rolling release has no version", source: path)
            }
            return .unknown("\(path) states no VERSION_ID, as before a release is made", source: path)
        }
        guard version.utf8.count <= 64, version.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return .unknown("VERSION_ID in \(path) is not a version", source: path)
        }
        if let point = debianVersion, let full = DottedVersion(point), let base = DottedVersion(version),
            full.components.count > base.components.count, full.components.starts(with: base.components)
        {
            return .known(point, source: debianVersionPath, evidence: ["VERSION_ID: \(version)"])
        }
        return .known(version, source: path)
    }
}
