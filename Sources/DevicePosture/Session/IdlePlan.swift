// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What an idle daemon does, as far as it matters for the lock.
struct IdlePlan: Hashable, Sendable {
    /// A command that is run after a time.
    struct Timeout: Hashable, Sendable {
        var seconds: Int
        var command: String
    }

    /// What it runs when nobody has touched the machine for some seconds.
    var timeouts: [Timeout] = []
    /// What it runs when logind asks to lock.
    var lockCommands: [String] = []

    /// What locks first, by itself or through logind; `nil` where no command is known to lock.
    var lock: (seconds: Int, program: String)? {
        let listener = lockCommands.lazy.compactMap(LockCommand.locker).first
        return timeouts.filter { $0.seconds > 0 }.compactMap { timeout in
            let program =
                LockCommand.locker(timeout.command) ?? (LockCommand.asksToLock(timeout.command) ? listener : nil)
            return program.map { (timeout.seconds, $0) }
        }.min { $0.0 < $1.0 }
    }

    /// What the plan comes to. The person who wrote it may change it.
    func judge(source: String) -> ScreenLockPlan {
        if let (seconds, program) = lock {
            return ScreenLockPlan(
                outcome: .locks(after: seconds), services: [program], source: source,
                evidence: ["\(program) locks after \(seconds) s"])
        }
        if timeouts.isEmpty {
            return ScreenLockPlan(outcome: .never, source: source, evidence: ["nothing is run after a time"])
        }
        return .unknown("what is run after a time is not known to lock the screen", source: source)
    }
}
