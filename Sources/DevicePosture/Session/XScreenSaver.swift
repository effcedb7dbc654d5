// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of xscreensaver: `~/.xscreensaver`.
enum XScreenSaver {
    private static let source = "~/.xscreensaver"

    /// Reads the person's file; without one, its defaults are in X resources that are not read.
    static func find(in system: SystemView) -> ScreenLockPlan {
        guard let home = system.home else {
            return .unknown("the person's home folder is not known", source: source)
        }
        do {
            return judge(try system.read("\(home)/.xscreensaver", limit: 256 * 1024))
        } catch {
            return .unknown("\(source) \(error.predicate)", source: source)
        }
    }

    /// What the file comes to.
    static func judge(_ bytes: [UInt8]) -> ScreenLockPlan {
        var values: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { continue }
            values[line[..<colon].trimmed] = line[line.index(after: colon)...].trimmed.lowercased()
        }
        guard let lock = values["lock"], ["true", "false"].contains(lock) else {
            return .unknown("\(source) does not say whether it locks", source: source)
        }
        let mode = values["mode"] ?? "random"
        var plan = ScreenLockPlan(
            outcome: .never, services: ["xscreensaver"], source: source, evidence: ["lock: \(lock)", "mode: \(mode)"])
        guard lock == "true", mode != "off" else { return plan }
        guard let idle = seconds(values["timeout"] ?? "0:10:00"),
            let delay = seconds(values["lockTimeout"] ?? "0:00:00")
        else { return .unknown("a time in \(source) is not understood", source: source) }
        plan.evidence.append("timeout and lockTimeout: \(idle + delay) s")
        // Without a time until it blanks, it never does.
        if idle > 0 { plan.outcome = .locks(after: idle + delay) }
        return plan
    }

    /// The seconds of `H:MM:SS`, `MM:SS`, or minutes alone.
    static func seconds(_ text: String) -> Int? {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0.trimmed) }
        if parts.count == 1 { parts.append(0) }
        guard parts.count <= 3 else { return nil }
        var total = 0
        for part in parts {
            guard let part, (0...100_000).contains(part) else { return nil }
            total = total * 60 + part
        }
        return total
    }
}
