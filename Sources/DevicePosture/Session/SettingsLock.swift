// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of a desktop that keeps its settings in GSettings.
struct SettingsLock: Sendable {
    /// The schema of the lock itself.
    let screenSaver: Command.SettingsSchema
    /// The schema of the idle delay.
    let session: Command.SettingsSchema
    /// The schema of what the administrator forbids.
    let lockdown: Command.SettingsSchema
    /// The seconds in one unit of the delays.
    let unit: Int
    /// Whether `idle-activation-enabled` is obeyed; GNOME ignores it.
    let obeysIdleActivation: Bool
    /// Whether `lock-delay` is obeyed.
    let obeysLockDelay: Bool
    /// The PAM services that unlock the screen.
    let services: [String]

    static let gnome = SettingsLock(
        screenSaver: .gnomeScreenSaver, session: .gnomeSession, lockdown: .gnomeLockdown, unit: 1,
        obeysIdleActivation: false, obeysLockDelay: true, services: ["gdm-password", "gdm-fingerprint"])
    /// Budgie's locker descends from the one that GNOME had, which obeys the switch that GNOME's shell ignores.
    static let budgie = SettingsLock(
        screenSaver: .gnomeScreenSaver, session: .gnomeSession, lockdown: .gnomeLockdown, unit: 1,
        obeysIdleActivation: true, obeysLockDelay: true, services: ["budgie-screensaver", "gnome-screensaver"])
    /// Pantheon's window manager locks when GNOME's session counts as idle, at once, and LightDM's greeter unlocks. Its schema of
    /// its own, io.elementary.desktop.screensaver, is about suspending alone.
    static let pantheon = SettingsLock(
        screenSaver: .gnomeScreenSaver, session: .gnomeSession, lockdown: .gnomeLockdown, unit: 1,
        obeysIdleActivation: false, obeysLockDelay: false, services: ["lightdm"])
    static let cinnamon = SettingsLock(
        screenSaver: .cinnamonScreenSaver, session: .cinnamonSession, lockdown: .cinnamonLockdown, unit: 1,
        obeysIdleActivation: false, obeysLockDelay: true, services: ["cinnamon-screensaver"])
    static let mate = SettingsLock(
        screenSaver: .mateScreenSaver, session: .mateSession, lockdown: .mateLockdown, unit: 60,
        obeysIdleActivation: true, obeysLockDelay: true, services: ["mate-screensaver"])

    /// The keys that decide, with their schemas.
    var keys: [SettingsKey] {
        var keys = [
            SettingsKey(screenSaver, "lock-enabled"), SettingsKey(session, "idle-delay"),
            SettingsKey(lockdown, "disable-lock-screen"),
        ]
        if obeysLockDelay { keys.append(SettingsKey(screenSaver, "lock-delay")) }
        if obeysIdleActivation { keys.append(SettingsKey(screenSaver, "idle-activation-enabled")) }
        return keys
    }

    /// Reads the settings of the user's session.
    func find(in system: SystemView) async -> ScreenLockPlan {
        switch await SettingsTable.read(keys, in: system) {
        case .failure(let failure): .unknown(failure.reason, source: SettingsTable.commandSource)
        case .success(let settings): judge(settings)
        }
    }

    /// What the settings come to.
    func judge(_ settings: SettingsTable) -> ScreenLockPlan {
        guard let isEnabled = settings.boolean("lock-enabled", of: screenSaver) else {
            return missing("lock-enabled", of: screenSaver, in: settings)
        }
        guard let idleDelay = settings.number("idle-delay", of: session) else {
            return missing("idle-delay", of: session, in: settings)
        }
        guard let isForbidden = settings.boolean("disable-lock-screen", of: lockdown) else {
            return missing("disable-lock-screen", of: lockdown, in: settings)
        }
        var evidence = ["lock-enabled: \(isEnabled)", "disable-lock-screen: \(isForbidden)"]
        var locks = isEnabled && !isForbidden && idleDelay > 0
        if obeysIdleActivation {
            guard let isActivated = settings.boolean("idle-activation-enabled", of: screenSaver) else {
                return missing("idle-activation-enabled", of: screenSaver, in: settings)
            }
            evidence.append("idle-activation-enabled: \(isActivated)")
            locks = locks && isActivated
        }
        let lockDelay = obeysLockDelay ? settings.number("lock-delay", of: screenSaver) ?? 0 : 0
        let (sum, isTooLong) = idleDelay.addingReportingOverflow(max(0, lockDelay))
        guard !isTooLong, sum <= Int(UInt32.max) * 2 else {
            return .unknown("the delays are not understood", source: settings.source)
        }
        evidence.append(idleDelay > 0 ? "idle-delay and lock-delay: \(sum * unit) s" : "idle-delay: never")
        return ScreenLockPlan(
            outcome: locks ? .locks(after: sum * unit) : .never, enforcement: settings.enforcement(of: keys),
            services: services, source: settings.source, evidence: evidence)
    }

    private func missing(
        _ key: String, of schema: Command.SettingsSchema, in settings: SettingsTable
    ) -> ScreenLockPlan {
        .unknown("\(schema.rawValue) has no \(key)", source: settings.source)
    }
}
