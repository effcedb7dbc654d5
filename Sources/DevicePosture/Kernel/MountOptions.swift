// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `mountOptions`: what is forbidden on the file systems that everybody, or this person, can write to.
///
/// An entry is `/tmp=nodev,noexec,nosuid`, or `/tmp=none`. Options of the mount and of the whole file system count, as the
/// kernel counts both. A folder that is no mount of its own has the options of the one it lies on.
struct MountOptionsCollector: SingleSignalCollector {
    static let name = SignalName.mountOptions
    /// The home folder may lie on a network.
    var mayWait: Bool { true }
    static let folders = ["/tmp", "/var/tmp", "/dev/shm", "/home"]
    static let options = ["nodev", "noexec", "nosuid"]

    func find(in system: SystemView) -> Finding {
        do {
            let bytes = try system.read(MountTable.path, limit: MountTable.limit)
            let table = try system.facts?.mountTable(parsing: bytes) ?? MountTable(parsing: bytes)
            var entries: [String] = []
            var evidence: [String] = []
            var folders = Self.folders.map { ($0, $0) }
            if let home = system.home { folders.append((home, "~")) }
            for (folder, name) in folders {
                let path: String
                do {
                    path = try system.canonical(folder)
                    guard try system.exists(path) else { continue }
                } catch ReadFailure.absent {
                    continue
                }
                guard let mount = table.mount(holding: path) else {
                    throw ReadFailure.malformed
                }
                if mount.fileSystem == "autofs" {
                    evidence.append("\(name) is not mounted before somebody uses it")
                    continue
                }
                entries.append("\(name)=\(Self.forbidden(on: mount))")
                if mount.mountPoint != path && name != "~" { evidence.append("\(name) is no mount of its own") }
            }
            guard !entries.isEmpty else {
                return .unknown("none of the folders could be looked at", source: MountTable.path, evidence: evidence)
            }
            return Finding(.known(.strings(entries.sorted())), source: MountTable.path, evidence: evidence)
        } catch {
            return .unknown(error as? ReadFailure ?? .malformed, at: MountTable.path)
        }
    }

    /// The options of a mount and of its file system that forbid something.
    static func forbidden(on mount: Mount) -> String {
        let found = options.filter { mount.options.contains($0) || mount.superOptions.contains($0) }
        return found.isEmpty ? "none" : found.joined(separator: ",")
    }
}
