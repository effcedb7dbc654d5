// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the files of OpenSSH's server come to: the first value of a keyword stands, but ports add up.
///
/// Settings behind `Match` hold for some connections only and are told apart; `Match all` holds for all. Source: sshd_config(5).
struct SSHServerSettings: Hashable, Sendable {
    /// A keyword that is reported.
    struct Keyword: Hashable, Sendable {
        /// What may stand behind it.
        enum Form: Hashable, Sendable {
            /// One of these words, in lower case.
            case word([String])
            /// A whole number.
            case number
            /// A time such as `2m`, reported in seconds.
            case time
        }

        let name: String
        let standard: String
        let form: Form

        /// The value as it is reported, or `nil` where the server would refuse it.
        func value(_ argument: String) -> String? {
            switch form {
            case .word(let words):
                let word = argument.lowercased()
                guard words.contains(word) else { return nil }
                return word == "without-password" ? "prohibit-password" : word
            case .number: return Int(argument).flatMap { $0 >= 0 ? String($0) : nil }
            case .time: return SSHServerSettings.seconds(argument).map(String.init)
            }
        }

        fileprivate static func yesNo(_ name: String, _ standard: String, or words: [String] = []) -> Keyword {
            Keyword(name: name, standard: standard, form: .word(["yes", "no"] + words))
        }
    }

    /// The keywords that are reported, with what holds where no file says anything.
    static let keywords: [Keyword] = [
        .yesNo(
            "PermitRootLogin", "prohibit-password",
            or: ["prohibit-password", "without-password", "forced-commands-only"]),
        .yesNo("PasswordAuthentication", "yes"), .yesNo("KbdInteractiveAuthentication", "yes"),
        .yesNo("PubkeyAuthentication", "yes"), .yesNo("HostbasedAuthentication", "no"),
        .yesNo("PermitEmptyPasswords", "no"), .yesNo("UsePAM", "no"), .yesNo("StrictModes", "yes"),
        .yesNo("IgnoreRhosts", "yes", or: ["shosts-only"]), .yesNo("X11Forwarding", "no"),
        .yesNo("AllowAgentForwarding", "yes"), .yesNo("AllowTcpForwarding", "yes", or: ["all", "local", "remote"]),
        .yesNo("GatewayPorts", "no", or: ["clientspecified"]),
        .yesNo("PermitTunnel", "no", or: ["point-to-point", "ethernet"]),
        Keyword(name: "MaxAuthTries", standard: "6", form: .number),
        Keyword(name: "LoginGraceTime", standard: "120", form: .time),
    ]

    /// Other spellings that the server takes.
    private static let aliases = [
        "challengeresponseauthentication": "kbdinteractiveauthentication",
        "skeyauthentication": "kbdinteractiveauthentication", "dsaauthentication": "pubkeyauthentication",
    ]

    private var values: [String: String] = [:]
    private var ports: [Int] = []
    /// How many blocks hold for some connections only.
    private(set) var matchBlocks = 0
    /// Which of the reported keywords stand in such blocks.
    private(set) var conditionalKeywords: Set<String> = []

    /// Nothing but what the server is built with.
    init() {}

    /// The files below others are deeper than the server goes.
    static let deepestInclude = 16

    /// Takes a file in.
    ///
    /// - Parameters:
    ///   - include: the files that a pattern of `Include` leads to, in order.
    /// - Throws: what `include` throws, and ``ReadFailure/malformed`` where the server would refuse the file.
    mutating func add(
        _ file: SSHConfigurationFile, depth: Int = 0, isConditional outer: Bool = false,
        include: (String) throws(ReadFailure) -> [SSHConfigurationFile]
    ) throws(ReadFailure) {
        guard depth <= Self.deepestInclude else { throw .malformed }
        var isConditional = outer
        for line in file.lines {
            let keyword = Self.aliases[line.keyword] ?? line.keyword
            switch keyword {
            case "match":
                let isForAll = line.arguments.map { $0.lowercased() } == ["all"]
                isConditional = outer || !isForAll
                if !isForAll { matchBlocks += 1 }
            case "include":
                for pattern in line.arguments {
                    for file in try include(pattern) {
                        try add(file, depth: depth + 1, isConditional: isConditional, include: include)
                    }
                }
            case "port":
                guard let port = Int(line.arguments[0]), (1...65_535).contains(port) else { throw .malformed }
                if !isConditional { ports.append(port) }
            default: try set(keyword, line.arguments[0], isConditional: isConditional)
            }
        }
    }

    private mutating func set(_ keyword: String, _ argument: String, isConditional: Bool) throws(ReadFailure) {
        guard let known = Self.keywords.first(where: { $0.name.lowercased() == keyword }) else { return }
        guard let value = known.value(argument) else { throw .malformed }
        if isConditional {
            conditionalKeywords.insert(known.name)
        } else if values[known.name] == nil {
            values[known.name] = value
        }
    }

    /// All settings that are reported, as `name=value`, sorted.
    var entries: [String] {
        let ports = self.ports.isEmpty ? [22] : self.ports
        return (Self.keywords.map { "\($0.name)=\(values[$0.name] ?? $0.standard)" } + Set(ports).map { "Port=\($0)" })
            .sorted()
    }

    /// A time: numbers with `s`, `m`, `h`, `d` or `w`, which add up.
    static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        var total = 0
        var digits = ""
        for character in text.lowercased() + (text.last?.isNumber == true ? "s" : "") {
            if character.isASCII && character.isNumber && digits.utf8.count < 9 {
                digits.append(character)
            } else {
                guard let unit = units[character], let number = Int(digits), total < 1 << 40 else { return nil }
                total += number * unit
                digits = ""
            }
        }
        return text.isEmpty || !digits.isEmpty ? nil : total
    }
}
