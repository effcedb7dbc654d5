// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// NixOS: the system that was started and the one that is set up now are two folders, with a kernel each.
enum NixOSReboot {
    /// What both say.
    static func survey(
        _ running: KernelRelease, in system: SystemView
    ) throws(ReadFailure) -> RebootPendingCollector.Survey {
        let current = "/run/current-system"
        var isOther = false
        for part in ["kernel", "kernel-modules", "initrd"] {
            let booted = try target("/run/booted-system/\(part)", in: system)
            let set = try target("\(current)/\(part)", in: system)
            if booted != set { isOther = true }
        }
        let pending = Finding.known(isOther, source: current, evidence: ["running: \(running)"])
        let names = try? system.list("\(current)/kernel-modules/lib/modules", limit: 64)
        guard let newest = (names ?? []).compactMap({ KernelRelease($0) }).max(by: { $0.compared(to: $1) < 0 }) else {
            let reason = "the modules of the system that is set up name no kernel"
            return .init(newest: .unknown(reason, source: current), pending: pending)
        }
        return .init(newest: .known(newest.description, source: current), pending: pending)
    }

    private static func target(_ path: String, in system: SystemView) throws(ReadFailure) -> String? {
        do throws(ReadFailure) {
            guard try system.exists(path) else { return nil }
            return try system.canonical(path)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
    }
}
