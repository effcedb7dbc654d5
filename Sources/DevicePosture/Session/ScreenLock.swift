// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals of the screen lock and of what opens it: `screenLockType`, `screenLockTimeout`, `screenLockEnforced`,
/// `fingerprintEnrolled` and `accountHasPassword`. The first needs the last two, so that one collector asks once.
struct ScreenLockCollector: SignalCollector {
    package var signals: [SignalName] {
        [.screenLockType, .screenLockTimeout, .screenLockEnforced, .fingerprintEnrolled, .accountHasPassword]
    }

    package func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        let wantsLock = !requested.isDisjoint(with: [.screenLockType, .screenLockTimeout, .screenLockEnforced])
        let plan = wantsLock ? await plan(in: system) : .unknown("it was not asked for", source: "session")
        var method = UnlockMethod(of: plan, in: system)
        if requested.contains(.accountHasPassword) || (requested.contains(.screenLockType) && plan.locks) {
            method.password = await AccountPassword.find(in: system)
        }
        if requested.contains(.fingerprintEnrolled)
            || (requested.contains(.screenLockType) && plan.locks && method.takesFingers)
        {
            method.fingerprint = FingerprintEnrollment.find(in: system)
        }
        let findings: [SignalName: Finding?] = [
            .screenLockType: plan.type(unlockedBy: method), .screenLockTimeout: plan.timeout,
            .screenLockEnforced: plan.enforced, .fingerprintEnrolled: method.fingerprint,
            .accountHasPassword: method.password,
        ]
        return findings.filter { requested.contains($0.key) }.compactMapValues { $0.map { system.reading(of: $0) } }
    }

    /// Reads the lock of the desktop that runs, and of no other: settings of desktops that do not run are often there too.
    func plan(in system: SystemView) async -> ScreenLockPlan {
        if case .wsl = Confinement.detect(in: system) {
            return .unknown("the screen belongs to the Windows host", source: "/proc/sys/kernel/osrelease")
        }
        let source = "session"
        switch DesktopSession.detect(in: system) {
        case .none:
            return ScreenLockPlan(
                outcome: .notApplicable("this user has no graphical session on this machine"), source: source)
        case .unknown:
            return .unknown("neither the environment nor logind tells which desktop runs", source: source)
        case .other(let name):
            return .unknown("the screen lock of \(name) is not read by this agent", source: source)
        case .desktop(let desktop): return await plan(of: desktop, in: system)
        }
    }

    private func plan(of desktop: DesktopSession.Desktop, in system: SystemView) async -> ScreenLockPlan {
        switch desktop {
        case .gnome: await SettingsLock.gnome.find(in: system)
        case .budgie: await SettingsLock.budgie.find(in: system)
        case .pantheon: await SettingsLock.pantheon.find(in: system)
        case .cinnamon: await SettingsLock.cinnamon.find(in: system)
        case .mate: await SettingsLock.mate.find(in: system)
        case .kde: KDELock.find(in: system)
        case .xfce: await XfceLock.find(in: system)
        case .cosmic: CosmicLock.find(in: system)
        case .compositor(let name): CompositorLock.find(of: name, in: system)
        case .windowManager(let name): await WindowManagerLock.find(of: name, in: system)
        }
    }
}
