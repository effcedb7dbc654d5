// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of COSMIC: cosmic-idle, which turns the screen off after a time and then locks.
enum CosmicLock {
    /// The folder of its settings below the person's and the machine's: a file for each key, in RON.
    static let folder = "cosmic/com.system76.CosmicIdle/v1"
    /// The folder of the commands that the desktop runs for its actions.
    static let actions = "cosmic/com.system76.CosmicSettings.Shortcuts/v1/system_actions"
    private static let key = "screen_off_time"
    private static let source = "com.system76.CosmicIdle"
    /// Fifteen minutes, in milliseconds; the default of cosmic-idle.
    private static let standard = 15 * 60 * 1000

    /// Reads the person's setting, else the machine's; without both, the default stands.
    static func find(in system: SystemView) -> ScreenLockPlan {
        guard let own = system.configurationHome else {
            return .unknown("the person's home folder is not known", source: source)
        }
        do {
            // With another command for the lock it is not known what locks.
            for path in ["\(own)/\(actions)", "/usr/share/\(actions)"] {
                guard let text = try system.readIfPresent(path) else { continue }
                if !locksByLogind(String(decoding: text, as: UTF8.self)) {
                    return .unknown("what COSMIC runs to lock the screen was changed", source: source)
                }
                break
            }
            for path in ["\(own)/\(folder)/\(key)", "/usr/share/\(folder)/\(key)"] {
                if let bytes = try system.readIfPresent(path, limit: 4096) { return judge(bytes) }
            }
        } catch {
            return .unknown("a file of cosmic-idle \(error.predicate)", source: source)
        }
        return plan(.locks(after: standard / 1000), "\(key): \(standard) ms, the default")
    }

    /// What the value in a file comes to: `None`, or `Some(900000)` in milliseconds.
    static func judge(_ bytes: [UInt8]) -> ScreenLockPlan {
        let text = String(decoding: bytes, as: UTF8.self).trimmed
        if text == "None" { return plan(.never, "\(key): never") }
        guard text.hasPrefix("Some("), text.hasSuffix(")"),
            let milliseconds = Int(text.dropFirst(5).dropLast().trimmed), milliseconds >= 0,
            milliseconds <= UInt32.max
        else { return .unknown("\(key) of cosmic-idle is not understood", source: source) }
        return plan(.locks(after: (milliseconds + 999) / 1000), "\(key): \(milliseconds) ms")
    }

    /// Whether a file of actions leaves the lock to logind, which COSMIC's greeter listens to.
    static func locksByLogind(_ text: String) -> Bool {
        guard let start = text.firstRange(ofText: "LockScreen")?.upperBound else { return true }
        let command = text[start...].prefix { $0 != "," && $0 != "}" && $0 != "\n" }
        return LockCommand.asksToLock(String(command))
    }

    private static func plan(_ outcome: ScreenLockPlan.Outcome, _ evidence: String) -> ScreenLockPlan {
        ScreenLockPlan(outcome: outcome, services: ["cosmic-greeter"], source: source, evidence: [evidence])
    }
}
