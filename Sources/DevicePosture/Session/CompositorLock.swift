// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The screen lock of a compositor without one of its own: what swayidle or hypridle is told to do.
enum CompositorLock {
    /// Reads what the idle daemon that runs is told.
    static func find(of compositor: String, in system: SystemView) -> Finding {
        let processes: OwnProcesses
        do {
            processes = try OwnProcesses(in: system)
        } catch {
            return .unknown(error, at: "/proc")
        }
        let swayidle = processes.arguments(of: "swayidle")
        if !swayidle.isEmpty { return Swayidle.find(swayidle, in: system) }
        let hypridle = processes.arguments(of: "hypridle")
        if !hypridle.isEmpty { return Hypridle.find(hypridle, in: system) }
        return .unknown("\(compositor) runs without an idle daemon that this agent knows", source: "/proc")
    }
}

/// swayidle(1): events on the command line and in a file, alike.
enum Swayidle {
    /// Puts together what every running instance is told.
    static func find(_ instances: [[String]], in system: SystemView) -> Finding {
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

/// hypridle: a file of `general` and `listener` blocks.
enum Hypridle {
    /// Reads the file of the running instance.
    static func find(_ instances: [[String]], in system: SystemView) -> Finding {
        let arguments = instances[0]
        var file = system.configurationHome.map { "\($0)/hypr/hypridle.conf" }
        if let option = arguments.firstIndex(where: { $0 == "-c" || $0 == "--config" }), option + 1 < arguments.count {
            file = arguments[option + 1]
        }
        guard let file else { return .unknown("the person's home folder is not known", source: "hypridle.conf") }
        do {
            return parse(try system.read(file)).judge(source: "hypridle.conf")
        } catch {
            return .unknown("hypridle.conf \(error.predicate)", source: "hypridle.conf")
        }
    }

    /// What the file says.
    static func parse(_ bytes: [UInt8]) -> IdlePlan {
        var plan = IdlePlan()
        var block: String?
        var values: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = line.prefix { $0 != "#" }.trimmed
            if text.hasSuffix("{") {
                block = text.dropLast().trimmed
                values = [:]
            } else if text == "}" {
                if block == "listener", let seconds = values["timeout"].flatMap({ Int($0) }) {
                    plan.timeouts.append(IdlePlan.Timeout(seconds: seconds, command: values["on-timeout"] ?? ""))
                } else if block == "general", let command = values["lock_cmd"] {
                    plan.lockCommands.append(command)
                }
                block = nil
            } else if let sign = text.firstIndex(of: "=") {
                values[text[..<sign].trimmed] = text[text.index(after: sign)...].trimmed
            }
        }
        return plan
    }
}
