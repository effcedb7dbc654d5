// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc

@testable import DevicePosture

extension MachineFixture {
    /// A memory card in a slot; the kernel does not call it removable.
    func card(_ name: String, _ number: String, type: String) {
        disk(name, number)
        write("\(paths[name] ?? "")/device/type", type + "\n")
    }

    /// A partition in a bcachefs, or the whole of a disk.
    func bcachefs(_ uuid: String, members: [String], encrypted: String?) {
        for (index, member) in members.enumerated() {
            link("/sys/fs/bcachefs/\(uuid)/dev-\(index)/block", to: paths[member] ?? "/missing")
        }
        if let encrypted { write("/sys/fs/bcachefs/\(uuid)/options/encrypted", encrypted + "\n") }
    }

    /// A bcache over a backing device, with the disks of its cache set.
    func bcache(_ name: String, _ number: String, on backing: String, caches: [String]) {
        stacked(name, number, on: [backing])
        for (index, cache) in caches.enumerated() {
            let folder = "\(paths[cache] ?? "")/bcache"
            try? self.folder(folder)
            link("/sys/fs/bcache/set-\(name)/cache\(index)", to: folder)
        }
        link("\(paths[name] ?? "")/bcache/cache", to: "/sys/fs/bcache/set-\(name)")
    }

    /// What the kernel says of hibernation.
    func hibernation(states: String = "freeze mem disk", resume: String = "0:0") {
        write("/sys/power/state", states + "\n")
        write("/sys/power/resume", resume + "\n")
    }

    /// The state of each of these signals.
    func states(_ names: [SignalName]) async -> [SignalName: SignalState] {
        let snapshot = await PostureCollector(system: system).snapshot(of: names)
        return snapshot.readings.mapValues(\.state)
    }

    /// The texts of a signal, or `nil` where it is not known.
    func texts(_ name: SignalName) async -> [String]? {
        guard case .known(.strings(let texts)) = await state(name) else { return nil }
        return texts
    }
}

/// Commands that answer what they were given; the rest is not installed.
struct FixedCommands: CommandRunner {
    var answers: [Command: Result<[UInt8], CommandFailure>] = [:]

    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        answers[command] ?? .failure(.notInstalled)
    }

    /// ZFS with these datasets and pools.
    static func zfs(datasets: [(String, String)], status: String) -> FixedCommands {
        let lines = datasets.map { "\($0.0)\t\($0.1)\n" }.joined()
        return FixedCommands(answers: [
            .listZFSEncryption: .success(Array(lines.utf8)), .showZFSPools: .success(Array(status.utf8)),
        ])
    }
}

/// What `zpool status -P` prints of a pool.
func poolStatus(_ name: String, _ configuration: [String]) -> String {
    """
      pool: \(name)
     state: ONLINE
      scan: scrub repaired 0B in 00:01:02 with 0 errors on Sun Nov  8 00:25:03 2026
    config:

    \tNAME                  STATE     READ WRITE CKSUM
    \t\(name)                 ONLINE       0     0     0
    \(configuration.map { "\t" + $0 }.joined(separator: "\n"))

    errors: No known data errors

    """
}
