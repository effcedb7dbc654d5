// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of a compositor without one of its own: what swayidle or hypridle is told to do.
enum CompositorLock {
    /// Reads what the idle daemon that runs is told.
    static func find(of compositor: String, in system: SystemView) -> ScreenLockPlan {
        let processes: OwnProcesses
        do {
            processes = try OwnProcesses(in: system)
        } catch {
            return .unknown(error, at: "/proc")
        }
        let swayidle = processes.arguments(of: "swayidle")
        if !swayidle.isEmpty { return Swayidle.find(swayidle, in: system) }
        let hypridle = processes.arguments(of: "hypridle")
        if let arguments = hypridle.first { return Hypridle.find(arguments, in: system) }
        return .unknown("\(compositor) runs without an idle daemon that this agent knows", source: "/proc")
    }
}

/// swayidle(1): events on the command line and in a file, alike.
enum Swayidle {
    /// Puts together what every running instance is told.
    static func find(_ instances: [[String]], in system: SystemView) -> ScreenLockPlan {
        var plan = IdlePlan()
        for arguments in instances {
            var words = arguments
            var files = [system.configurationHome.map { "\($0)/swayidle/config" }, "/etc/xdg/swayidle/config"]
                .compactMap(\.self)
            if let option = words.firstIndex(of: "-C"), option + 1 < words.count {
                files = [words[option + 1]]
                words.removeSubrange(option...(option + 1))
            }
            add(words, to: &plan)
            for file in files {
                do {
                    guard let bytes = try system.readIfPresent(file) else { continue }
                    guard let lines = parse(bytes) else {
                        return .unknown("its file is not understood", source: "swayidle")
                    }
                    for line in lines { add(line, to: &plan) }
                    break
                } catch {
                    return .unknown("its file \(error.predicate)", source: "swayidle")
                }
            }
        }
        return plan.judge(source: "swayidle")
    }

    /// The words of each line of a configuration file, or `nil` where a quote does not close.
    static func parse(_ bytes: [UInt8]) -> [[String]]? {
        var lines: [[String]] = []
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard !line.trimmed.hasPrefix("#") else { continue }
            guard let words = LockCommand.words(line) else { return nil }
            lines.append(words)
        }
        return lines
    }

    /// Takes over the events that words name.
    static func add(_ words: [String], to plan: inout IdlePlan) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "timeout":
                guard let seconds = rest.popFirst().flatMap({ Int($0) }), let command = rest.popFirst() else { return }
                plan.timeouts.append(IdlePlan.Timeout(seconds: seconds, command: command))
            case "lock":
                if let command = rest.popFirst() { plan.lockCommands.append(command) }
            case "resume", "before-sleep", "after-resume", "unlock", "idlehint", "-S": _ = rest.popFirst()
            default: break
            }
        }
    }
}
