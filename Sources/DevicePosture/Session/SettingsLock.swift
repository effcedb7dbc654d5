// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

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

    static let gnome = SettingsLock(
        screenSaver: .gnomeScreenSaver, session: .gnomeSession, lockdown: .gnomeLockdown, unit: 1,
        obeysIdleActivation: false)
    static let cinnamon = SettingsLock(
        screenSaver: .cinnamonScreenSaver, session: .cinnamonSession, lockdown: .cinnamonLockdown, unit: 1,
        obeysIdleActivation: false)
    static let mate = SettingsLock(
        screenSaver: .mateScreenSaver, session: .mateSession, lockdown: .mateLockdown, unit: 60,
        obeysIdleActivation: true)

    /// Where the settings come from.
    static let source = "gsettings"

    /// Reads the settings of the user's session.
    func find(in system: SystemView) async -> Finding {
        // The three commands run side by side.
        async let screenSaverOutput = system.commands.run(.listSettings(screenSaver), environment: system.environment)
        async let sessionOutput = system.commands.run(.listSettings(session), environment: system.environment)
        async let lockdownOutput = system.commands.run(.listSettings(lockdown), environment: system.environment)
        var output: [UInt8] = []
        for result in await [screenSaverOutput, sessionOutput, lockdownOutput] {
            switch result {
            case .failure(let failure): return .unknown("gsettings \(failure.predicate)", source: Self.source)
            case .success(let bytes): output += bytes + [UInt8(ascii: "\n")]
            }
        }
        return judge(SettingsTable(parsing: output))
    }

    /// What the settings come to.
    func judge(_ settings: SettingsTable) -> Finding {
        guard let isEnabled = settings.boolean("lock-enabled", of: screenSaver) else {
            return .unknown("\(screenSaver.rawValue) has no lock-enabled", source: Self.source)
        }
        guard let idleDelay = settings.number("idle-delay", of: session) else {
            return .unknown("\(session.rawValue) has no idle-delay", source: Self.source)
        }
        guard let isForbidden = settings.boolean("disable-lock-screen", of: lockdown) else {
            return .unknown("\(lockdown.rawValue) has no disable-lock-screen", source: Self.source)
        }
        var evidence = ["lock-enabled: \(isEnabled)", "disable-lock-screen: \(isForbidden)"]
        var locks = isEnabled && !isForbidden && idleDelay > 0
        if obeysIdleActivation {
            guard let isActivated = settings.boolean("idle-activation-enabled", of: screenSaver) else {
                return .unknown("\(screenSaver.rawValue) has no idle-activation-enabled", source: Self.source)
            }
            evidence.append("idle-activation-enabled: \(isActivated)")
            locks = locks && isActivated
        }
        let lockDelay = settings.number("lock-delay", of: screenSaver) ?? 0
        evidence.append(
            idleDelay > 0 ? "idle-delay and lock-delay: \((idleDelay + lockDelay) * unit) s" : "idle-delay: never")
        return .lock(locks ? .passcode : .none, source: Self.source, evidence: evidence)
    }
}
