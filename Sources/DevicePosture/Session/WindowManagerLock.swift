// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of a window manager of X without one of its own: what xautolock or xscreensaver is told to do.
enum WindowManagerLock {
    /// Reads what the program that runs is told.
    static func find(of windowManager: String, in system: SystemView) async -> ScreenLockPlan {
        let processes: OwnProcesses
        do {
            processes = try OwnProcesses(in: system)
        } catch {
            return .unknown(error, at: "/proc")
        }
        if let arguments = processes.arguments(of: "xautolock").first { return xautolock(arguments) }
        if processes.runs("xscreensaver") { return XScreenSaver.find(in: system) }
        if let arguments = processes.arguments(of: "light-locker").first {
            return await LightLocker.find(arguments, in: system)
        }
        if processes.runs("xss-lock") {
            return .unknown("when X asks xss-lock to lock is not read by this agent", source: "xss-lock")
        }
        return .unknown("\(windowManager) runs without a screen locker that this agent knows", source: "/proc")
    }

    /// What the arguments of xautolock(1) come to; it counts in minutes, ten by default.
    static func xautolock(_ arguments: [String]) -> ScreenLockPlan {
        func value(of option: String) -> String? {
            arguments.firstIndex(of: option).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
        }
        guard let minutes = value(of: "-time").map({ Int($0) }) ?? 10, (1...100_000).contains(minutes) else {
            return .unknown("the time of xautolock is not understood", source: "xautolock")
        }
        let command = value(of: "-locker") ?? "xlock"
        return IdlePlan(timeouts: [IdlePlan.Timeout(seconds: minutes * 60, command: command)]).judge(
            source: "xautolock")
    }
}
