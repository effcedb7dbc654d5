// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The way of one stranger's packet through the chains of a table, as the kernel walks it.
struct NftablesWalk {
    /// What becomes of the packet.
    enum Fate: Hashable, Sendable {
        /// It is let in.
        case accepted
        /// It is not, by this chain.
        case dropped
        /// It cannot be told, for this reason.
        case undecided(String)
    }

    /// How chains may be nested (`NFT_JUMP_STACK_SIZE`).
    private static let deepestJump = 16
    /// The most rules that are looked at.
    private static let mostRules = 100_000

    /// What a rule leads to.
    private enum Step {
        case next
        case `return`
        case fate(Fate)
        case jump(String)
        case `goto`(String)
    }

    private let table: NftablesRuleset.Table
    private let match: NftablesMatch
    private var rulesLeft = mostRules
    /// On which conditions that are not shown rules accept, by the names of the extensions.
    private(set) var hiddenAccepts: Set<String> = []
    /// The extensions in the rule that is looked at.
    private var extensions: Set<String> = []
    /// How many rules that drop were passed by, since it cannot be told whether their conditions hold.
    private var hiddenDrops = 0

    /// A walk through a table.
    init(of packet: StrangersPacket, through table: NftablesRuleset.Table) {
        self.table = table
        match = NftablesMatch(packet: packet, sets: table.sets)
    }

    /// What the base chain does to the packet.
    mutating func fate(in chain: NftablesRuleset.BaseChain) -> Fate {
        guard table.isDormant != true else { return .accepted }
        let fate = run(chain.name, depth: 0) ?? (chain.dropsByPolicy ? .dropped : .accepted)
        if fate == .dropped && table.isDormant == nil {
            return .undecided("nft does not tell whether the table \(chain.table.name) is switched on")
        }
        if fate == .accepted && hiddenDrops > 0 {
            return .undecided("a rule in \(chain.description) may drop it, on a condition that nft does not show")
        }
        return fate
    }

    /// The fate that a chain decides, or `nil` where it returns.
    private mutating func run(_ name: String, depth: Int) -> Fate? {
        guard depth <= Self.deepestJump else { return .undecided("chains are nested too deep") }
        guard let rules = table.chains[name] else { return .undecided("the chain \(name) is not there") }
        for rule in rules {
            rulesLeft -= 1
            guard rulesLeft > 0 else { return .undecided("there are too many rules") }
            switch step(rule, depth: depth) {
            case .next: continue
            case .return: return nil
            case .fate(let fate): return fate
            case .goto(let chain): return run(chain, depth: depth + 1)
            case .jump(let chain): if let fate = run(chain, depth: depth + 1) { return fate }
            }
        }
        return nil
    }

    /// What one rule does: its statements in their order, as long as the conditions hold.
    private mutating func step(_ statements: [JSONValue], depth: Int) -> Step {
        var condition = Condition.holds
        extensions = []
        for statement in statements {
            guard let (name, value) = statement.object?.first else { continue }
            switch name {
            case "match": condition = Self.both(condition, match.judge(value))
            case "limit", "quota", "ct count":
                // The first packet is below any limit.
                condition = Self.both(condition, value["inv"]?.boolean == true ? .fails : .mayHold)
            case "xt": if let step = extensionStep(value, &condition, depth: depth) { return step }
            case "vmap":
                guard match.knowsKey(of: value) else {
                    hiddenDrops += 1
                    return .next
                }
                guard let step = match.verdict(of: value).flatMap(verdictStep) else { return .next }
                return decide(step, condition, depth: depth)
            default:
                guard let step = verdictStep(statement) else { continue }
                return decide(step, condition, depth: depth)
            }
            if condition == .fails { return .next }
        }
        return .next
    }

    /// A match or a target of xtables: of a match, `nft` tells the name alone.
    private mutating func extensionStep(_ value: JSONValue, _ condition: inout Condition, depth: Int) -> Step? {
        guard value["type"]?.string == "target" else {
            let name = value["name"]?.string ?? "others"
            if name != "comment" { extensions.insert(String(name.prefix(32))) }
            condition = Self.both(condition, name == "comment" ? .holds : .hidden)
            return nil
        }
        switch value["name"]?.string {
        case "REJECT", "DROP", "TARPIT": return decide(.fate(.dropped), condition, depth: depth)
        case "NFQUEUE": return decide(.fate(Self.queued), condition, depth: depth)
        default: return nil
        }
    }

    /// What a verdict does, once it is known how far the rule's conditions hold.
    private mutating func decide(_ step: Step, _ condition: Condition, depth: Int) -> Step {
        guard condition != .holds else { return step }
        switch step {
        case .fate(.accepted):
            if condition == .mayHold { return step }
            hiddenAccepts.formUnion(extensions.isEmpty ? ["others"] : extensions)
        case .fate: hiddenDrops += 1
        case .jump(let chain), .goto(let chain):
            if let fate = run(chain, depth: depth + 1), fate != .accepted { hiddenDrops += 1 }
        case .next, .return: break
        }
        return .next
    }

    private func verdictStep(_ statement: JSONValue) -> Step? {
        guard let (name, value) = statement.object?.first else { return nil }
        switch name {
        case "accept": return .fate(.accepted)
        case "drop", "reject": return .fate(.dropped)
        case "queue": return .fate(Self.queued)
        case "return": return .return
        case "jump": return value["target"]?.string.map(Step.jump)
        case "goto": return value["target"]?.string.map(Step.goto)
        default: return nil
        }
    }

    private static let queued = Fate.undecided("a program decides about packets (queue)")

    private static func both(_ left: Condition, _ right: Condition) -> Condition {
        for weakest in [Condition.fails, .hidden, .mayHold] where left == weakest || right == weakest {
            return weakest
        }
        return .holds
    }
}
