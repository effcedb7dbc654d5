// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of KDE's desktop: `kscreenlockerrc`, the machine's and the person's.
enum KDELock {
    static let file = "kscreenlockerrc"
    private static let keys = ["Autolock", "RequirePassword", "Timeout", "LockGrace"]

    /// Reads the files; one that is not there leaves KDE's defaults, which lock after five minutes.
    static func find(in system: SystemView) -> ScreenLockPlan {
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
    static func judge(_ daemon: KConfigGroup) -> ScreenLockPlan {
        guard let locks = daemon.boolean("Autolock", default: true),
            let asks = daemon.boolean("RequirePassword", default: true),
            let minutes = daemon["Timeout"].map({ Double($0) }) ?? 5, minutes.isFinite, abs(minutes) < 1e7,
            let grace = daemon["LockGrace"].map({ Int($0) }) ?? 5,
            (-9_999_999...9_999_999).contains(grace)
        else { return .unknown("a value in \(file) is not understood", source: file) }
        let isLocked = locks && asks && minutes > 0
        // In the time of grace the screen looks locked, and opens without a password.
        let seconds = Int((minutes * 60).rounded(.up)) + max(0, grace)
        return ScreenLockPlan(
            outcome: isLocked ? .locks(after: seconds) : .never,
            enforcement: keys.allSatisfy(daemon.isImmutable) ? .locked : .free,
            services: ["kde", "kde-fingerprint"], source: file,
            evidence: [
                "Autolock: \(locks)", "RequirePassword: \(asks)", "Timeout: \(minutes) min", "LockGrace: \(grace) s",
            ])
    }
}
