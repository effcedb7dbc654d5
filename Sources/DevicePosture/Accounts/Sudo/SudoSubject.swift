// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whom the rules of sudo are judged for, and how lists of theirs are compared with that.
struct SudoSubject: Sendable {
    /// Whether something fits.
    enum Match: Hashable, Sendable {
        /// It is granted.
        case yes
        /// It is taken away.
        case no
        /// Nothing is said.
        case unset
        /// It depends on what is not known here.
        case unknown
    }

    /// The person's number.
    let userID: UInt32
    /// The person's groups.
    let groups: PersonsGroups
    /// The machine's names; empty where they are not known.
    let hosts: Set<String>

    /// What a list comes to: the last of it that fits decides.
    func match(
        _ members: [Sudoers.Member], aliases: [String: [Sudoers.Member]], depth: Int = 0,
        _ one: (String) -> Match
    ) -> Match {
        for member in members.reversed() {
            var match: Match
            if member.text == "ALL" {
                match = .yes
            } else if let alias = aliases[member.text] {
                // A circle of aliases stands for nobody.
                match = depth < 16 ? self.match(alias, aliases: aliases, depth: depth + 1, one) : .unset
            } else {
                match = one(member.text)
            }
            if match == .unset { continue }
            if member.isNegated, match != .unknown { match = match == .yes ? .no : .yes }
            return match
        }
        return .unset
    }

    /// Whether a user of a list is the person.
    func user(_ text: String) -> Match {
        if text.hasPrefix("+") || text.hasPrefix("%:") { return .unknown }
        if text.hasPrefix("%#") {
            return UInt32(text.dropFirst(2)).map(groups.numbers.contains) == true ? .yes : .unset
        }
        if text.hasPrefix("%") {
            let name = String(text.dropFirst())
            if groups.names.contains(name) { return .yes }
            // It may be the name of a group that only a directory service knows.
            return groups.unnamed > 0 && !groups.known.contains(name) ? .unknown : .unset
        }
        if text.hasPrefix("#") { return UInt32(text.dropFirst()) == userID ? .yes : .unset }
        guard let name = groups.name else { return .unknown }
        return text == name ? .yes : .unset
    }

    /// Whether a machine of a list is this one.
    func host(_ text: String) -> Match {
        let isAddress = text.contains(":") || text.utf8.allSatisfy { (46...57).contains($0) }
        if text.hasPrefix("+") || isAddress || hosts.isEmpty { return .unknown }
        return hosts.contains { Wildcard.matches($0, text.lowercased()) } ? .yes : .unset
    }

    /// Whether somebody of a list is root.
    static func root(_ text: String) -> Match {
        if text.hasPrefix("+") || text.hasPrefix("%:") { return .unknown }
        return ["root", "#0", "%root", "%#0"].contains(text) ? .yes : .unset
    }

    /// Whether a command of a list has one in it; `nil` stands for any that no rule names.
    static func command(_ text: String, has probe: String?) -> Match {
        guard let probe else { return .unset }
        if text == probe { return .yes }
        let (rule, ruleArguments) = parts(text), (path, arguments) = parts(probe)
        let isInFolder =
            rule.hasSuffix("/") && path.hasPrefix(rule) && !path.dropFirst(rule.count).contains("/")
            && path.count > rule.count
        guard rule == path || isInFolder || (rule.hasPrefix("/") && Wildcard.matches(path, rule, escapes: true)) else {
            return .unset
        }
        guard let ruleArguments else { return .yes }
        if ruleArguments == "\"\"" { return arguments == nil ? .yes : .unset }
        guard let arguments else { return .unset }
        return Wildcard.matches(arguments, ruleArguments, escapes: true) ? .yes : .unset
    }

    private static func parts(_ command: String) -> (path: String, arguments: String?) {
        let parts = command.split(separator: " ", maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.count == 2 ? parts[1] : nil)
    }
}
