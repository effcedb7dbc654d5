// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The rules by which a PAM service lets somebody in, with the files that it takes over.
///
/// Source: pam.conf(5).
struct PAMStack: Hashable, Sendable {
    /// A rule of the kind `auth`.
    struct Rule: Hashable, Sendable {
        /// The file name of the module, such as `pam_unix.so`.
        var module: String
        /// Its arguments.
        var arguments: [String]
    }

    /// A line of a file, as far as it matters.
    enum Line: Hashable, Sendable {
        /// A rule.
        case rule(Rule)
        /// All rules of another file, or those of the kind `auth` alone.
        case include(String)
    }

    private static let folders = ["/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d"]
    private static let mostFiles = 64

    /// The rules of the kind `auth`, in order.
    private(set) var rules: [Rule] = []

    /// Reads a service.
    ///
    /// - Throws: ``ReadFailure`` where a file is not there, cannot be read, or leads in circles.
    init(of service: String, in system: SystemView) throws(ReadFailure) {
        var files = 0
        try add(service, in: system, files: &files, depth: 0)
    }

    private mutating func add(
        _ name: String, in system: SystemView, files: inout Int, depth: Int
    ) throws(ReadFailure) {
        files += 1
        guard files <= Self.mostFiles, depth <= 8, !name.isEmpty, !name.contains("..") else { throw .malformed }
        for line in Self.parse(try Self.text(of: name, in: system)) {
            switch line {
            case .rule(let rule): rules.append(rule)
            case .include(let other): try add(other, in: system, files: &files, depth: depth + 1)
            }
        }
    }

    private static func text(of name: String, in system: SystemView) throws(ReadFailure) -> [UInt8] {
        if name.hasPrefix("/") { return try system.read(name) }
        for folder in folders {
            if let text = try system.readIfPresent("\(folder)/\(name)") { return text }
        }
        throw .absent
    }

    /// The rules and includes of a file; lines of other kinds are left out.
    static func parse(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var pending = ""
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            let line = line.prefix { $0 != "#" }.trimmed
            if line.hasSuffix("\\") {
                pending += line.dropLast() + " "
                continue
            }
            if let parsed = parse(line: pending + line) { lines.append(parsed) }
            pending = ""
        }
        return lines
    }

    private static func parse(line: String) -> Line? {
        var rest = line[...]
        func word() -> String {
            rest = rest.drop { $0.isWhitespace }
            // A control in brackets has blanks in it.
            let isBracketed = rest.hasPrefix("[")
            var word = rest.prefix { isBracketed ? $0 != "]" : !$0.isWhitespace }
            if isBracketed { word = rest.prefix(word.count + 1) }
            rest = rest.dropFirst(word.count)
            return String(word)
        }
        let kind = word()
        if kind == "@include" { return .include(word()) }
        guard ["auth", "-auth"].contains(kind.lowercased()) else { return nil }
        let control = word()
        let module = word()
        guard !module.isEmpty else { return nil }
        if control == "include" || control == "substack" { return .include(module) }
        let arguments = rest.split { $0.isWhitespace }.map(String.init)
        return .rule(Rule(module: module.split(separator: "/").last.map(String.init) ?? module, arguments: arguments))
    }

    /// Whether a rule asks fprintd for a finger.
    var asksForFingerprint: Bool {
        rules.contains { ["pam_fprintd.so", "pam_fprintd_grosshack.so"].contains($0.module) }
    }

    /// Whether a rule looks for members of a group by name, as those do that let them in.
    func letsIn(group: String) -> Bool {
        rules.contains { $0.module == "pam_succeed_if.so" && $0.arguments.contains(group) }
    }
}
