// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Makes expressions by chance, the same ones from the same seed.
///
/// Most are well typed, so that they come to values; some are not, and some have a character too many or too few.
struct ExpressionGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    enum Kind: CaseIterable { case boolean, number, string, list, anything }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func oneIn(_ bound: Int) -> Bool { below(bound) == 0 }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// A context as an inline map.
    mutating func context() -> String {
        let profile = [
            "department:\(string())", "title:\(pick(["null", string()]))", "login:\(string())", "level:\(value())",
            "active:\(pick(["true", "false"]))", "nothing:null", "tags:{\(string()),\(string()),'a'}",
        ]
        let device = [
            "managed:\(pick(["true", "false"]))", "score:\(value())", "os:\(string())", "size:\(value())",
        ]
        let groups = (0..<below(4)).map { "{id:'g\($0)',rank:\($0),name:\(string()),in:{\($0),\(value())}}" }
        return "{user:{profile:{\(profile.joined(separator: ","))}},device:{\(device.joined(separator: ","))},"
            + "groups:{\(groups.joined(separator: ","))},numbers:{3,1L,2.5,null},empty:{},none:null}"
    }

    /// An expression of some depth.
    mutating func expression() -> String {
        if oneIn(5000) { return "" }
        let kind: Kind = oneIn(4) ? pick(Kind.allCases) : .boolean
        var text = make(kind, 1 + below(4))
        if oneIn(20) { text = damaged(text) }
        return text
    }

    private mutating func damaged(_ text: String) -> String {
        var characters = Array(text)
        for _ in 0...below(2) {
            let position = below(characters.count + 1)
            switch below(3) {
            case 0 where position < characters.count: characters.remove(at: position)
            case 1 where position < characters.count: characters.swapAt(position, below(characters.count))
            default: characters.insert(pick(Array("'\"()[]{}.,:?!&|=<>+-*/% aE1L_$^#@x\n")), at: position)
            }
            if characters.isEmpty { return "" }
        }
        return String(characters)
    }

    private mutating func make(_ kind: Kind, _ depth: Int) -> String {
        if oneIn(60) { return make(pick(Kind.allCases), max(0, depth - 1)) }
        if depth > 0, oneIn(10) { return space("(", make(kind, depth - 1), ")") }
        if depth > 1, oneIn(14) { return condition(kind, depth - 1) }
        switch kind {
        case .boolean: return boolean(depth)
        case .number: return numeric(depth)
        case .string: return textual(depth)
        case .list: return list(depth)
        case .anything: return anything(depth)
        }
    }

    private mutating func condition(_ kind: Kind, _ depth: Int) -> String {
        let bracket = "(" + make(kind, depth)
        if oneIn(3) { return space(bracket, "?:", make(kind, depth)) + ")" }
        return space("(" + make(.boolean, depth), "?", make(kind, depth), ":", make(kind, depth)) + ")"
    }

    /// What SpEL has and we refuse.
    private static let refused = [
        "T(Math).abs(1) == 1", "new String('a') == 'a'", "#root != null", "#this.user == user", "'a' matches 'a'",
        "1 between {0, 2}", "1 instanceof T(Integer)", "{1}.?[true].isEmpty()", "{1}.^[true] == 1", "{1}.$[true] == 1",
        "@bean == 1", "2 ^ 2 == 4", "(none = 1) == 1", "{a: 1}.![1].isEmpty()", "user[profile] == null",
    ]

    private mutating func boolean(_ depth: Int) -> String {
        if oneIn(300) { return pick(Self.refused) }
        guard depth > 0 else {
            return pick(["true", "false", "TRUE", "False", "user.profile.active", "device.managed", "!device.managed"])
        }
        switch below(10) {
        case 0, 1:
            let sign = pick(["&&", "||", " and ", " OR "])
            let count = 2 + below(3)
            let operands = (0..<count).map { _ in make(.boolean, depth - 1) }
            return oneIn(4)
                ? operands.enumerated().reduce("") { $0 + ($1.offset == 0 ? "" : pick(["&&", "||"])) + $1.element }
                : operands.joined(separator: sign)
        case 2: return pick(["!", "! ", "not ", "!!"]) + make(.boolean, depth - 1)
        case 3, 4, 5:
            let inner: Kind = pick([.number, .string, .number, .string, .boolean, .list, .anything])
            return space(make(inner, depth - 1), comparison(), make(inner, depth - 1))
        case 6:
            return space(make(pick(Kind.allCases), depth - 1), comparison(), make(pick(Kind.allCases), depth - 1))
        case 7: return make(.string, depth - 1) + ".contains(" + make(.string, depth - 1) + ")"
        case 8: return make(.list, depth - 1) + ".contains(" + make(pick(Kind.allCases), depth - 1) + ")"
        default: return pick(["{}", "empty", "groups", "user.profile.tags"]) + ".isEmpty()"
        }
    }

    private mutating func comparison() -> String {
        pick(["==", "!=", "<", ">", "<=", ">=", "==", "!=", " eq ", " NE ", " lt ", " gt ", " le ", " ge "])
    }

    private mutating func numeric(_ depth: Int) -> String {
        guard depth > 0 else {
            return pick([number(), number(), number(), "user.profile.level", "device.score", "device.size"])
        }
        switch below(6) {
        case 0, 1, 2:
            let sign = pick(["+", "-", "*", "/", "%", " div ", " mod ", "+", "-"])
            return space(make(.number, depth - 1), sign, make(.number, depth - 1))
        case 3: return pick(["-", "+", "- "]) + make(.number, depth - 1)
        case 4: return make(.string, depth - 1) + ".length()"
        default: return pick([make(.list, depth - 1) + ".size()", "groups[\(below(4))].rank", "numbers[\(below(5))]"])
        }
    }

    mutating func number() -> String {
        switch below(9) {
        case 0:
            pick([
                "2147483647", "2147483648", "9223372036854775807L", "0x7FFFFFFF", "0xFFL", "1e3", "1.5e-7", "1E10",
                "1e999",
            ])
        case 1: "\(below(100)).\(below(1000))"
        case 2: "\(below(1000))L"
        case 3: pick(["0.0", "0", "0L", "0.1", "1e308", "123456789.125", "1.0E7", "0.001"])
        case 4: "\(next() % 2_147_483_648)"
        default: "\(below(12))"
        }
    }

    /// A number that is one, for contexts.
    private mutating func value() -> String {
        var text = number()
        while ["2147483648", "1e999"].contains(text) { text = number() }
        return text
    }

    private mutating func textual(_ depth: Int) -> String {
        guard depth > 0 else {
            return pick([
                string(), string(), "user.profile.department", "user.profile.login", "device.os",
                "user?.profile?.title",
            ])
        }
        let inner = make(.string, depth - 1)
        switch below(8) {
        case 0: return space(inner, "+", make(.string, depth - 1))
        case 1: return space(inner, "+", make(.anything, depth - 1))
        case 2: return space(make(.number, depth - 1), "+", inner)
        case 3: return inner + pick([".toUpperCase()", ".toLowerCase()", "?.toLowerCase()"])
        case 4: return inner + ".substring(\(below(4))\(oneIn(2) ? "" : ",\(below(6))"))"
        case 5: return inner + ".replace(\(string()),\(string()))"
        case 6: return inner + "[\(below(5))]"
        default:
            return pick(["groups[\(below(3))].name", "user.profile.tags[\(below(4))]", "user['profile']['login']"])
        }
    }

    private mutating func string() -> String {
        pick([
            "'a'", "'b'", "''", "'Sales'", "\"Sales\"", "'it''s'", "\"q\"\"q\"", "'10.3.1'", "'9'",
            "'x y'", "'ß'",
            "'é'",
            "'e\u{301}'", "'😀'", "'\u{FB01}'", "'true'", "'null'", "'3'", "'aXa'", "'\n'",
        ])
    }

    private mutating func list(_ depth: Int) -> String {
        guard depth > 0 else {
            return pick(["{}", "groups", "numbers", "user.profile.tags", "{1,2}", "{'a'}", "empty"])
        }
        switch below(4) {
        case 0:
            let projection = pick([
                "id", "name", "rank", "rank + 1", "name.length()", "in", "in.![1]", "missing", "{id, rank}",
            ])
            return "groups.![\(projection)]"
        case 1: return make(.list, depth - 1) + ".![" + make(pick([.number, .string, .boolean]), depth - 1) + "]"
        default:
            let count = below(4)
            return "{" + (0..<count).map { _ in make(.anything, depth - 1) }.joined(separator: pick([",", ", "])) + "}"
        }
    }

    private mutating func anything(_ depth: Int) -> String {
        switch below(10) {
        case 0: pick(["null", "none", "user.profile.nothing", "NULL", "none?.a?.b", "user.profile.title"])
        case 1:
            pick([
                "missing", "user.missing", "user.profile.missing.deep", "none.a", "user.profile['missing']",
                "groups[99]",
            ])
        case 2: "{a:\(make(.number, max(0, depth - 1))),'b':\(string())}\(pick(["", ".a", "['b']", "['a']", ".c"]))"
        case 3: pick(["device", "user.profile", "{:}", "groups[0]"])
        case 4: make(.list, max(0, depth - 1))
        case 5: make(.boolean, max(0, depth - 1))
        case 6, 7: make(.string, max(0, depth - 1))
        default: make(.number, max(0, depth - 1))
        }
    }

    private mutating func space(_ parts: String...) -> String { parts.joined(separator: oneIn(2) ? " " : "") }
}
