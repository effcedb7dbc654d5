// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the files of modprobe.d(5) and the kernel's start arguments say about loading a kernel module.
struct ModuleRules: Hashable, Sendable {
    /// What becomes of a module.
    enum Rule: Int, Comparable, Sendable {
        /// It is loaded when a device needs it.
        case allowed
        /// It is not loaded by itself; the superuser may load it.
        case blacklisted
        /// Loading it runs a program that does nothing, or the kernel refuses it.
        case blocked

        static func < (left: Rule, right: Rule) -> Bool { left.rawValue < right.rawValue }
    }

    /// Whether a place was found where rules would stand.
    private(set) var isComplete = false
    private var rules: [String: Rule] = [:]

    /// The rule for a module, in whose name `-` and `_` are the same.
    func rule(for module: String) -> Rule { rules[Self.plain(module)] ?? .allowed }

    /// Adds what a configuration file says; lines of no matter here are skipped.
    mutating func add(file bytes: [UInt8]) {
        var line = ""
        for part in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            line += part
            if line.hasSuffix("\\") {
                line.removeLast()
                continue
            }
            let words = line.split { $0 == " " || $0 == "\t" }
            line = ""
            guard words.count >= 2 else { continue }
            switch words[0] {
            case "blacklist": raise(words[1], to: .blacklisted)
            case "install" where words.count >= 3 && Self.doesNothing(words[2...]): raise(words[1], to: .blocked)
            default: break
            }
        }
    }

    /// Adds what the kernel was started with: `module_blacklist=` it refuses itself, `modprobe.blacklist=` is modprobe's.
    mutating func add(arguments line: KernelCommandLine) {
        for (parameter, rule) in [("module_blacklist", Rule.blocked), ("modprobe.blacklist", .blacklisted)] {
            for value in line.values(of: parameter) {
                for name in value.split(separator: ",") { raise(name, to: rule) }
            }
        }
    }

    private mutating func raise(_ module: Substring, to rule: Rule) {
        let name = Self.plain(String(module))
        rules[name] = max(rules[name] ?? .allowed, rule)
    }

    /// Whether a command of `install` is one of those that load nothing.
    private static func doesNothing(_ words: ArraySlice<Substring>) -> Bool {
        guard words.count == 1, let program = words.first?.split(separator: "/").last else { return false }
        return ["true", "false", "nologin", ":"].contains(program)
    }

    private static func plain(_ name: String) -> String { String(name.map { $0 == "-" ? "_" : $0 }) }
}

extension ModuleRules {
    /// The folders of modprobe.d(5), the most important first; a file hides those of its name in later ones.
    static let folders = [
        "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d",
    ]

    /// The rules of a machine.
    ///
    /// - Throws: ``ReadFailure`` where a file or folder that is there cannot be read: it could hold the rule, or hide it.
    init(in system: SystemView) throws(ReadFailure) {
        var seen: Set<String> = []
        for folder in Self.folders {
            let names: [String]
            do {
                names = try system.list(folder, limit: 1024)
            } catch ReadFailure.absent {
                continue
            } catch {
                throw error
            }
            isComplete = true
            for name in names where name.hasSuffix(".conf") && seen.insert(name).inserted {
                // A link to nothing or to /dev/null hides the file of that name.
                if try system.canonicalIfPresent("\(folder)/\(name)") == "/dev/null" { continue }
                if let bytes = try system.readIfPresent("\(folder)/\(name)") { add(file: bytes) }
            }
        }
        if let line = try system.readIfPresent(KernelCommandLine.path, limit: KernelCommandLine.limit) {
            isComplete = true
            add(arguments: KernelCommandLine(parsing: line))
        }
    }
}

extension SystemView {
    /// Where a path leads once links are followed, or `nil` where there is nothing.
    func canonicalIfPresent(_ path: String) throws(ReadFailure) -> String? {
        do {
            return try canonical(path)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
    }
}
