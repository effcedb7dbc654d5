// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of Xfce: whichever of its three lockers runs.
enum XfceLock {
    static let channelFile = "xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml"

    /// Reads the settings of the locker that runs.
    static func find(in system: SystemView) async -> ScreenLockPlan {
        let processes: OwnProcesses
        do {
            processes = try OwnProcesses(in: system)
        } catch {
            return .unknown(error, at: "/proc")
        }
        if processes.runs("xfce4-screensaver") { return screenSaver(in: system) }
        if processes.runs("xscreensaver") { return XScreenSaver.find(in: system) }
        if let arguments = processes.arguments(of: "light-locker").first {
            return await LightLocker.find(arguments, in: system)
        }
        return .unknown("no screen locker that this agent knows runs", source: "/proc")
    }

    private static func screenSaver(in system: SystemView) -> ScreenLockPlan {
        guard let own = system.configurationHome else {
            return .unknown("the person's home folder is not known", source: "xfce4-screensaver.xml")
        }
        var channel = XfconfChannel(
            of: AccountTable.name(of: system.userID, in: system),
            groups: AccountTable.groups(of: system.userID, in: system) ?? [])
        for folder in system.configurationFolders.reversed() + [own] {
            do {
                if let bytes = try system.readIfPresent("\(folder)/\(channelFile)") { try channel.add(bytes) }
            } catch {
                return .unknown("an xfce4-screensaver.xml \(error.predicate)", source: "xfce4-screensaver.xml")
            }
        }
        return judge(channel)
    }

    /// What the channel of xfce4-screensaver comes to; every step on the way from idle to locked has a switch of its own.
    static func judge(_ channel: XfconfChannel) -> ScreenLockPlan {
        let switches = [
            "/saver/enabled", "/saver/idle-activation/enabled", "/lock/enabled", "/lock/saver-activation/enabled",
        ]
        var evidence: [String] = []
        var locks = true
        for path in switches {
            guard let isOn = channel.boolean(path, default: true) else {
                return .unknown("\(path) is not understood", source: "xfce4-screensaver.xml")
            }
            evidence.append("\(path): \(isOn)")
            locks = locks && isOn
        }
        guard let idle = channel.number("/saver/idle-activation/delay", default: 5), (0...100_000).contains(idle),
            let delay = channel.number("/lock/saver-activation/delay", default: 0), (0...100_000).contains(delay)
        else { return .unknown("a delay is not understood", source: "xfce4-screensaver.xml") }
        evidence.append("delays: \(idle) min and \(delay) min")
        let paths = switches + ["/saver/idle-activation/delay", "/lock/saver-activation/delay"]
        // Less than a minute counts as one there.
        return ScreenLockPlan(
            outcome: locks ? .locks(after: (max(1, idle) + delay) * 60) : .never,
            enforcement: paths.allSatisfy(channel.isLocked) ? .locked : .free, services: ["xfce4-screensaver"],
            source: "xfce4-screensaver.xml", evidence: evidence)
    }
}
