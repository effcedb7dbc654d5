// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// hypridle: a file of `general` and `listener` blocks.
enum Hypridle {
    /// Reads the file of the running instance, and whether hyprlock takes fingers.
    static func find(_ arguments: [String], in system: SystemView) -> ScreenLockPlan {
        var files = HyprlangFile.paths(of: "hypridle.conf", in: system)
        if let option = arguments.firstIndex(where: { $0 == "-c" || $0 == "--config" }), option + 1 < arguments.count {
            files = [arguments[option + 1]]
        }
        guard !files.isEmpty else { return .unknown("the person's home folder is not known", source: "hypridle.conf") }
        do {
            for file in files {
                guard let bytes = try system.readIfPresent(file) else { continue }
                var found = judge(bytes)
                if found.services == ["hyprlock"] { found.asksForFingerprint = hyprlockTakesFingers(in: system) }
                return found
            }
            return .unknown("hypridle.conf is not there", source: "hypridle.conf")
        } catch {
            return .unknown("hypridle.conf \(error.predicate)", source: "hypridle.conf")
        }
    }

    /// What the file comes to.
    static func judge(_ bytes: [UInt8]) -> ScreenLockPlan {
        let file = HyprlangFile(parsing: bytes)
        guard !file.includes else {
            return .unknown("hypridle.conf includes files that are not read", source: "hypridle.conf")
        }
        var plan = IdlePlan()
        for block in file.blocks where block.path == ["listener"] {
            guard let seconds = block.values["timeout"].flatMap({ Int($0) }) else { continue }
            plan.timeouts.append(IdlePlan.Timeout(seconds: seconds, command: block.values["on-timeout"] ?? ""))
        }
        for block in file.blocks where block.path == ["general"] {
            if let command = block.values["lock_cmd"] { plan.lockCommands.append(command) }
        }
        return plan.judge(source: "hypridle.conf")
    }

    /// Whether hyprlock asks fprintd by itself.
    private static func hyprlockTakesFingers(in system: SystemView) -> Bool {
        for path in HyprlangFile.paths(of: "hyprlock.conf", in: system) {
            guard let bytes = try? system.read(path, limit: 256 * 1024) else { continue }
            return takesFingers(HyprlangFile(parsing: bytes))
        }
        return false
    }

    /// Whether a file of hyprlock switches fingerprints on.
    static func takesFingers(_ file: HyprlangFile) -> Bool {
        let texts = file.blocks.compactMap { block in
            switch block.path {
            case ["auth", "fingerprint"]: block.values["enabled"]
            case ["auth"]: block.values["fingerprint:enabled"]
            case []: block.values["auth:fingerprint:enabled"]
            default: nil
            }
        }
        return texts.contains { ["true", "yes", "on", "1"].contains($0.lowercased()) }
    }
}

/// A file in the language of Hyprland's programs: values in nested blocks, and variables.
struct HyprlangFile: Hashable, Sendable {
    /// A block, one for each time that it is opened.
    struct Block: Hashable, Sendable {
        /// The names of the blocks around it and its own.
        var path: [String]
        /// What it says, with variables put in.
        var values: [String: String] = [:]
    }

    private static let mostBlocks = 4096

    /// The blocks in the order in which they begin; the first is the file itself.
    private(set) var blocks = [Block(path: [])]
    /// Whether it takes over other files.
    private(set) var includes = false

    /// Reads what is understood; lines of another form are skipped.
    init(parsing bytes: [UInt8]) {
        var variables: [String: String] = [:]
        var open = [0]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = line.prefix { $0 != "#" }.trimmed
            if text.hasSuffix("{") {
                guard blocks.count < Self.mostBlocks, open.count < 16 else { return }
                blocks.append(Block(path: blocks[open[open.count - 1]].path + [text.dropLast().trimmed]))
                open.append(blocks.count - 1)
            } else if text == "}" {
                if open.count > 1 { open.removeLast() }
            } else if let sign = text.firstIndex(of: "=") {
                let key = text[..<sign].trimmed
                let value = Self.expand(text[text.index(after: sign)...].trimmed, variables)
                if key.hasPrefix("$") {
                    variables[String(key.dropFirst())] = value
                } else {
                    if key == "source" { includes = true }
                    blocks[open[open.count - 1]].values[key] = value
                }
            }
        }
    }

    /// Where a file of this name is looked for, the person's first.
    static func paths(of name: String, in system: SystemView) -> [String] {
        ([system.configurationHome].compactMap(\.self) + system.configurationFolders + ["/etc/xdg", "/usr/share"])
            .map { "\($0)/hypr/\(name)" }
    }

    private static func expand(_ text: String, _ variables: [String: String]) -> String {
        guard text.contains("$"), text.utf8.count < 4096 else { return text }
        var result = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "$" else {
                result.append(character)
                continue
            }
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            rest = rest.dropFirst(name.count)
            result += variables[String(name)].map { String($0.prefix(1024)) } ?? "$\(name)"
            if result.utf8.count > 16384 { return result }
        }
        return result
    }
}
