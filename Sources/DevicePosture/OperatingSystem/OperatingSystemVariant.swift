// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `osVariant`, `osCodename` and `osBuild`: what os-release(5) states besides name and version.
struct OperatingSystemVariantCollector: SignalCollector {
    let signals: [SignalName] = [.osVariant, .osCodename, .osBuild]
    let mayWait = false

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        let release = OSRelease.read(in: system)
        var readings: [SignalName: SignalReading] = [:]
        for name in requested {
            let finding =
                switch release {
                case .failure(let failure): Finding.unknown(failure, at: OSRelease.paths[0])
                case .success(let (release, path)): Self.find(name, in: release, at: path)
                }
            readings[name] = system.reading(of: finding)
        }
        return readings
    }

    /// What a file states for one of the signals.
    static func find(_ name: SignalName, in release: OSRelease, at path: String) -> Finding {
        let fields: [String]
        switch name {
        case .osVariant: fields = ["VARIANT_ID"]
        case .osCodename: fields = ["VERSION_CODENAME"]
        default: fields = ["BUILD_ID", "IMAGE_VERSION", "OSTREE_VERSION"]
        }
        for field in fields {
            guard let value = release.values[field], !value.isEmpty, value != "rolling" else { continue }
            guard value.utf8.count <= 64, value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                return .unknown("\(field) in \(path) is not an identifier", source: path)
            }
            return .known(value, source: path, evidence: ["\(field): \(value)"])
        }
        guard !release.values.isEmpty else { return .unknown("\(path) states nothing", source: path) }
        return .notApplicable("this distribution states no \(fields[0])", source: path)
    }
}
