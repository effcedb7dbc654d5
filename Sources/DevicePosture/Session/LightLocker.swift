// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of light-locker, which locks some seconds after X blanks the screen, and leaves unlocking to LightDM.
enum LightLocker {
    private static let key = SettingsKey(.lightLocker, "lock-after-screensaver")
    private static let option = "--lock-after-screensaver"

    /// Reads the arguments of the running instance, else its settings.
    static func find(_ arguments: [String], in system: SystemView) async -> ScreenLockPlan {
        var seconds: Int?
        for (index, word) in arguments.enumerated() {
            if word == option, index + 1 < arguments.count { seconds = Int(arguments[index + 1]) }
            if word.hasPrefix(option + "=") { seconds = Int(word.dropFirst(option.utf8.count + 1)) }
        }
        if let seconds { return judge(seconds, enforcement: .free) }
        switch await SettingsTable.read([key], in: system) {
        case .failure(let failure): return .unknown(failure.reason, source: "light-locker")
        case .success(let settings):
            guard let seconds = settings.number(key.name, of: key.schema) else {
                return .unknown("apps.light-locker has no \(key.name)", source: "light-locker")
            }
            return judge(seconds, enforcement: settings.enforcement(of: [key]))
        }
    }

    /// What the seconds come to: none means never, others begin when X blanks the screen, which only X knows.
    static func judge(_ seconds: Int, enforcement: ScreenLockPlan.Enforcement) -> ScreenLockPlan {
        guard seconds == 0 else {
            return .unknown("light-locker waits for X to blank the screen, and X is not asked", source: "light-locker")
        }
        return ScreenLockPlan(
            outcome: .never, enforcement: enforcement, services: ["lightdm"], source: "light-locker",
            evidence: ["\(key.name): 0"])
    }
}
