// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The screen lock of KDE's desktop: `kscreenlockerrc`, the machine's and the person's.
enum KDELock {
    static let file = "kscreenlockerrc"

    /// Reads the files; one that is not there leaves KDE's defaults, which lock after five minutes.
    static func find(in system: SystemView) -> Finding {
        guard let own = system.configurationHome else {
            return .unknown("the person's home folder is not known", source: file)
        }
        var files: [[UInt8]] = []
        for folder in system.configurationFolders.reversed() + [own] {
            do {
                if let bytes = try system.readIfPresent("\(folder)/\(file)") { files.append(bytes) }
            } catch {
                return .unknown("a \(file) \(error.predicate)", source: file)
            }
        }
        return judge(KConfigGroup("Daemon", in: files))
    }

    /// What the group `Daemon` comes to.
    static func judge(_ daemon: KConfigGroup) -> Finding {
        guard let locks = daemon.boolean("Autolock", default: true),
            let asks = daemon.boolean("RequirePassword", default: true),
            let minutes = daemon["Timeout"].map({ Double($0) }) ?? 5
        else { return .unknown("a value in \(file) is not understood", source: file) }
        let isLocked = locks && asks && minutes > 0
        return .lock(
            isLocked ? .passcode : .none, source: file,
            evidence: ["Autolock: \(locks)", "RequirePassword: \(asks)", "Timeout: \(minutes) min"])
    }
}
