// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `screenLockType`: whether the screen locks by itself, a ``ScreenLockType``.
///
/// A screen that is only locked by hand is `NONE`. A fingerprint is not looked for: what is locked is `PASSCODE`.
struct ScreenLockCollector: SignalCollector {
    package var signals: [SignalName] { [.screenLockType] }

    package func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        guard requested.contains(.screenLockType) else { return [:] }
        return [.screenLockType: system.reading(of: await find(in: system))]
    }

    /// Reads the lock of the desktop that runs, and of no other: settings of desktops that do not run are often there too.
    func find(in system: SystemView) async -> Finding {
        if case .wsl = Confinement.detect(in: system) {
            return .unknown("the screen belongs to the Windows host", source: "/proc/sys/kernel/osrelease")
        }
        let source = "session"
        switch DesktopSession.detect(in: system) {
        case .none:
            return .notApplicable("this user has no graphical session on this machine", source: source)
        case .unknown:
            return .unknown("neither the environment nor logind tells which desktop runs", source: source)
        case .other(let name):
            return .unknown("the screen lock of \(name) is not read by this agent", source: source)
        case .desktop(.gnome): return await SettingsLock.gnome.find(in: system)
        case .desktop(.cinnamon): return await SettingsLock.cinnamon.find(in: system)
        case .desktop(.mate): return await SettingsLock.mate.find(in: system)
        case .desktop(.kde): return KDELock.find(in: system)
        case .desktop(.xfce): return XfceLock.find(in: system)
        case .desktop(.compositor(let name)): return CompositorLock.find(of: name, in: system)
        case .desktop(.windowManager(let name)): return WindowManagerLock.find(of: name, in: system)
        }
    }
}

extension Finding {
    /// A class of screen lock that was read.
    static func lock(_ type: ScreenLockType, source: String, evidence: [String]) -> Finding {
        .known(type.rawValue, source: source, evidence: evidence)
    }
}
