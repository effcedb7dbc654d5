// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A condition of a rule, judged for a stranger's packet.
///
/// What compares with single ports and addresses is taken not to hold for a stranger; what covers nearly all of them holds.
struct NftablesMatch {
    /// How many ports make "all ports".
    private static let nearlyAllPorts = 60_000
    /// The longest prefix that counts as all addresses.
    private static let nearlyAllAddresses = 3

    /// How many elements of a set are looked at: who blocks many addresses has long sets, of which none is everything.
    private static let mostElements = 4096

    /// The packet.
    let packet: StrangersPacket
    /// The sets of the table.
    let sets: [String: [JSONValue]]

    /// Judges a `match` statement's members.
    func judge(_ match: JSONValue) -> Condition {
        guard let left = match["left"], let right = match["right"], let sign = match["op"]?.string else {
            return .hidden
        }
        if let payload = left["payload"] { return judge(payload: payload, sign, right) }
        if let operands = left["&"]?.array { return judge(masked: operands, sign, right) }
        guard ["==", "!=", "in"].contains(sign) else { return .hidden }
        let condition: Condition =
            if let values = values(of: left) { compare(values, with: right) } else { .hidden }
        return sign == "!=" ? condition.inverted : condition
    }

    /// The element of a verdict map that a stranger's packet leads to; `nil` where it leads to none or cannot be told.
    func verdict(of map: JSONValue) -> JSONValue? {
        guard let key = map["key"], let data = map["data"], let elements = elements(of: data) else { return nil }
        let pairs = elements.compactMap { $0.array }.filter { $0.count == 2 }
        if let payload = key["payload"] {
            return pairs.first { judge(payload: payload, "==", Self.plain($0[0])) == .holds }?[1]
        }
        guard let values = values(of: key) else { return nil }
        let exact = pairs.first { pair in compare(values, with: pair[0]) == .holds }
        return (exact ?? pairs.first { Self.plain($0[0]).string == "*" })?[1]
    }

    /// Whether it can be told which element of a verdict map a stranger's packet leads to.
    func knowsKey(of map: JSONValue) -> Bool {
        guard let key = map["key"], let data = map["data"], elements(of: data) != nil else { return false }
        return key["payload"] != nil || values(of: key) != nil
    }

    /// What the packet has where an expression looks; `nil` where that is not known.
    private func values(of expression: JSONValue) -> [String]? {
        if let key = expression["meta"]?["key"]?.string {
            switch key {
            case "iifname", "iif": return [packet.interface ?? "\u{0}"]
            case "l4proto": return [packet.transport.rawValue, String(packet.transport.number)]
            case "nfproto": return [packet.family == .ip ? "ipv4" : "ipv6"]
            case "protocol": return [packet.family.rawValue]
            case "pkttype": return ["host", "unicast"]
            default: return nil
            }
        }
        if let key = expression["ct"]?["key"]?.string {
            switch key {
            case "state": return ["new"]
            case "status": return []
            case "direction": return ["original"]
            default: return nil
            }
        }
        guard let fib = expression["fib"], fib["result"]?.string == "type",
            fib["flags"]?.strings?.contains("daddr") == true
        else { return nil }
        return ["local"]
    }

    /// Whether one of the values is what stands on the right side, or in the set there.
    private func compare(_ values: [String], with right: JSONValue) -> Condition {
        if let elements = elements(of: right) {
            let conditions = elements.map { compare(values, with: $0) }
            return conditions.contains(.holds) ? .holds : conditions.contains(.hidden) ? .hidden : .fails
        }
        switch Self.plain(right) {
        case .string(let text) where text.hasPrefix("@"): return .hidden
        case .string(let text) where text.hasSuffix("*"):
            return Condition(values.contains { $0.hasPrefix(text.dropLast()) })
        case .string(let text): return Condition(values.contains(text))
        case .number(let number): return Condition(values.contains { Double($0) == number })
        default: return .hidden
        }
    }

    // MARK: Headers

    private func judge(payload: JSONValue, _ sign: String, _ right: JSONValue) -> Condition {
        guard let header = payload["protocol"]?.string, let field = payload["field"]?.string else { return .hidden }
        switch header {
        case "ip", "ip6":
            // A rule that looks into a header first asks whether the packet has it, so its opposite fails as well.
            guard header == packet.family.rawValue else { return .fails }
            return judge(addressField: field, sign, right)
        case "tcp", "udp", "th":
            guard header == "th" || header == packet.transport.rawValue else { return .fails }
            if field == "flags" { return judge(flags: Self.texts(right), of: nil, sign) }
            guard field == "dport" || field == "sport" else { return .hidden }
            return judge(port: right, sign)
        case "icmp", "icmpv6", "sctp", "dccp", "udplite", "esp", "ah", "igmp": return .fails
        default: return .hidden
        }
    }

    private func judge(addressField field: String, _ sign: String, _ right: JSONValue) -> Condition {
        switch field {
        case "protocol", "nexthdr":
            let isIt = compare([packet.transport.rawValue, String(packet.transport.number)], with: right)
            return sign == "!=" ? isIt.inverted : isIt
        case "saddr", "daddr":
            guard ["==", "!="].contains(sign) else { return .hidden }
            let elements = elements(of: right) ?? [right]
            let conditions = elements.map { judge(address: Self.plain($0), isDestination: field == "daddr") }
            let condition: Condition =
                conditions.contains(.holds) ? .holds : conditions.contains(.mayHold) ? .mayHold : .fails
            return sign == "!=" ? condition.inverted : condition
        default: return .hidden
        }
    }

    /// A stranger has no address that somebody would name; the destination may be any of the machine's own.
    private func judge(address: JSONValue, isDestination: Bool) -> Condition {
        if let length = address["prefix"]?["len"]?.integer, length <= Self.nearlyAllAddresses { return .holds }
        guard isDestination else { return address["range"] == nil ? .fails : .hidden }
        let text = (address["prefix"]?["addr"] ?? address["range"]?.array?.first ?? address).string ?? ""
        if text.hasPrefix("ff") || text.hasPrefix("fe80:") || text.hasPrefix("255.") { return .fails }
        if let first = text.split(separator: ".").first.flatMap({ Int($0) }), (224...239).contains(first) {
            return .fails
        }
        return .mayHold
    }

    /// Ports by how many there are: single ones are not the stranger's, nearly all are.
    private func judge(port right: JSONValue, _ sign: String) -> Condition {
        let (count, isWhole) = ports(in: right)
        guard isWhole, let count else { return .hidden }
        let covered: Int
        switch sign {
        case "==", "in": covered = count
        case "!=": covered = 65_536 - count
        case "<", "<=": covered = Self.plain(right).integer ?? 0
        case ">", ">=": covered = 65_536 - min(65_536, max(0, Self.plain(right).integer ?? 65_536))
        default: return .hidden
        }
        return Condition(covered >= Self.nearlyAllPorts)
    }

    /// How many ports a right side names, and whether all of it was understood.
    private func ports(in right: JSONValue) -> (count: Int?, isWhole: Bool) {
        if let elements = elements(of: right) {
            let counts = elements.map { ports(in: $0) }
            return (counts.reduce(0) { $0 + ($1.count ?? 0) }, counts.allSatisfy(\.isWhole))
        }
        let value = Self.plain(right)
        if let bounds = value["range"]?.array {
            guard bounds.count == 2, let first = bounds[0].integer, let last = bounds[1].integer,
                (0...65_535).contains(first), (first...65_535).contains(last)
            else { return (nil, false) }
            return (last - first + 1, true)
        }
        return value.integer == nil ? (nil, false) : (1, true)
    }

    // MARK: TCP flags

    private func judge(masked operands: [JSONValue], _ sign: String, _ right: JSONValue) -> Condition {
        guard operands.count == 2, let payload = operands[0]["payload"], payload["protocol"]?.string == "tcp",
            payload["field"]?.string == "flags", let mask = Self.texts(operands[1])
        else { return .hidden }
        guard packet.transport == .tcp else { return .fails }
        return judge(flags: Self.texts(right), of: mask, sign)
    }

    /// The first packet of a connection has `syn` and nothing else.
    private func judge(flags: [String]?, of mask: [String]?, _ sign: String) -> Condition {
        guard let flags else { return .hidden }
        let seen: Set<String> = mask.map { Set($0).intersection(["syn"]) } ?? ["syn"]
        switch sign {
        case "==": return Condition(seen == Set(flags))
        case "!=": return Condition(seen != Set(flags))
        case "in": return Condition(!seen.isDisjoint(with: flags))
        default: return .hidden
        }
    }

    // MARK: Right sides

    /// The elements of a set, be it written there or named; `nil` for anything else, and for a set that is not there.
    private func elements(of value: JSONValue) -> [JSONValue]? {
        if let elements = value["set"]?.array ?? value.array { return Array(elements.prefix(Self.mostElements)) }
        guard let name = value.string, name.hasPrefix("@") else { return nil }
        return sets[String(name.dropFirst())].map { Array($0.prefix(Self.mostElements)) }
    }

    /// A value without the timeout and the counter that an element of a set may have.
    private static func plain(_ value: JSONValue) -> JSONValue { value["elem"]?["val"] ?? value }

    /// One text or several; an empty list for 0.
    private static func texts(_ value: JSONValue) -> [String]? {
        if let text = value.string { return [text] }
        if value.integer == 0 { return [] }
        return value.strings ?? value["|"]?.strings
    }
}
