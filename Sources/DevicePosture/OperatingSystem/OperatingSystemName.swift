// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `osName`: the distribution's `ID` of os-release(5).
struct OperatingSystemNameCollector: SingleSignalCollector {
    static let name = SignalName.osName
    static var lastingSources: [String]? { OSRelease.allPaths }

    func find(in system: SystemView) -> Finding {
        switch OSRelease.read(in: system) {
        case .failure(let failure): return .unknown(failure, at: OSRelease.paths[0])
        case .success(let (release, path)):
            guard let id = release.id else { return .unknown("ID in \(path) is not an identifier", source: path) }
            let name = release.values["PRETTY_NAME"].map { ["PRETTY_NAME: \($0)"] } ?? []
            return .known(id, source: path, evidence: name)
        }
    }
}
