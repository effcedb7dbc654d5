// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `kernelVersion`: the running kernel's release, as `uname -r` prints it.
struct KernelVersionCollector: SingleSignalCollector {
    static let name = SignalName.kernelVersion
    static let path = "/proc/sys/kernel/osrelease"
    static var lastingSources: [String]? { [path] }

    func find(in system: SystemView) -> Finding {
        do {
            let release = try system.attribute(Self.path)
            guard !release.isEmpty, release.utf8.count <= 64 else {
                return .unknown("\(Self.path) holds no release", source: Self.path)
            }
            return .known(release, source: Self.path)
        } catch {
            return .unknown(error, at: Self.path)
        }
    }
}
