// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

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

    /// The time after which the screen locks, or `nil` where no command is known to lock it.
    var lockSeconds: Int? {
        let listens = lockCommands.contains(where: LockCommand.locks)
        return timeouts.filter { LockCommand.locks($0.command) || (listens && LockCommand.asksToLock($0.command)) }
            .map(\.seconds).filter { $0 > 0 }.min()
    }

    /// What the plan comes to.
    func judge(source: String) -> Finding {
        if let seconds = lockSeconds { return .lock(.passcode, source: source, evidence: ["locks after \(seconds) s"]) }
        if timeouts.isEmpty { return .lock(.none, source: source, evidence: ["nothing is run after a time"]) }
        return .unknown("what is run after a time is not known to lock the screen", source: source)
    }
}
