// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The screen lock of Xfce: whichever of its three lockers runs.
enum XfceLock {
    static let channelFile = "xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml"

    /// Reads the settings of the locker that runs.
    static func find(in system: SystemView) -> Finding {
        let processes: OwnProcesses
        do {
            processes = try OwnProcesses(in: system)
        } catch {
            return .unknown(error, at: "/proc")
        }
        if processes.runs("xfce4-screensaver") { return screenSaver(in: system) }
        if processes.runs("xscreensaver") { return XScreenSaver.find(in: system) }
        if processes.runs("light-locker") {
            return .unknown("when light-locker locks is not read by this agent", source: "light-locker")
        }
        return .unknown("no screen locker that this agent knows runs", source: "/proc")
    }

    private static func screenSaver(in system: SystemView) -> Finding {
        guard let own = system.configurationHome else {
            return .unknown("the person's home folder is not known", source: "xfce4-screensaver.xml")
        }
        var channel = XfconfChannel()
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
    static func judge(_ channel: XfconfChannel) -> Finding {
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
        return .lock(locks ? .passcode : .none, source: "xfce4-screensaver.xml", evidence: evidence)
    }
}

/// The settings of xscreensaver: `~/.xscreensaver`.
enum XScreenSaver {
    /// Reads the person's file; without one, its defaults are in X resources that are not read.
    static func find(in system: SystemView) -> Finding {
        guard let home = system.home else {
            return .unknown("the person's home folder is not known", source: "~/.xscreensaver")
        }
        do {
            return judge(try system.read("\(home)/.xscreensaver", limit: 256 * 1024))
        } catch {
            return .unknown("~/.xscreensaver \(error.predicate)", source: "~/.xscreensaver")
        }
    }

    /// What the file comes to.
    static func judge(_ bytes: [UInt8]) -> Finding {
        var values: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { continue }
            values[line[..<colon].trimmed] = line[line.index(after: colon)...].trimmed.lowercased()
        }
        guard let lock = values["lock"], ["true", "false"].contains(lock) else {
            return .unknown("~/.xscreensaver does not say whether it locks", source: "~/.xscreensaver")
        }
        let mode = values["mode"] ?? "random"
        return .lock(
            lock == "true" && mode != "off" ? .passcode : .none, source: "~/.xscreensaver",
            evidence: ["lock: \(lock)", "mode: \(mode)"])
    }
}
