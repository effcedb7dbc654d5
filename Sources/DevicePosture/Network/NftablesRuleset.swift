// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The packet filter that the kernel holds, as `nft -j list ruleset` prints it.
///
/// Rules of `iptables-nft` stand in it as well, with `xt` in place of what nftables has no words for. Source: libnftables-json(5).
struct NftablesRuleset: Sendable {
    /// A table: what a name means is the table's own.
    struct TableName: Hashable, Sendable {
        /// `inet`, `ip`, `ip6`, `bridge`, …
        let family: String
        /// The name.
        let name: String
    }

    /// A chain that the kernel calls by itself.
    struct BaseChain: Hashable, Sendable {
        /// The chain's table.
        let table: TableName
        /// The chain's name.
        let name: String
        /// Whether what no rule decides is dropped.
        let dropsByPolicy: Bool

        /// The chain, for a person.
        var description: String { "\(table.family) \(table.name) \(name)" }
    }

    /// What a table holds.
    struct Table: Sendable {
        /// The rules of each chain: statements in their order.
        var chains: [String: [[JSONValue]]] = [:]
        /// The elements of named sets and maps.
        var sets: [String: [JSONValue]] = [:]
        /// Whether the table is switched off; `nil` where `nft` does not tell.
        var isDormant: Bool? = false
    }

    /// The most objects that are read.
    static let mostObjects = 200_000

    private(set) var tables: [TableName: Table] = [:]
    /// The chains at the input hook that filter.
    private(set) var inputChains: [BaseChain] = []

    /// Parses the document, or gives `nil` where it is something else.
    init?(parsing bytes: [UInt8]) {
        guard let objects = JSONValue(parsing: bytes)?["nftables"]?.array, objects.count <= Self.mostObjects,
            objects.first?["metainfo"] != nil
        else { return nil }
        for object in objects {
            guard let (kind, value) = object.object?.first, object.object?.count == 1 else { return nil }
            guard add(kind, value) else { return nil }
        }
    }

    /// Takes one object in; false where it lacks what it must have.
    private mutating func add(_ kind: String, _ value: JSONValue) -> Bool {
        guard ["table", "chain", "rule", "set", "map"].contains(kind) else { return true }
        guard let family = value["family"]?.string else { return false }
        guard let name = value[kind == "table" ? "name" : "table"]?.string else { return false }
        let table = TableName(family: family, name: name)
        switch kind {
        case "table":
            tables[table, default: Table()].isDormant = Self.isDormant(value["flags"])
        case "chain":
            guard let chain = value["name"]?.string else { return false }
            tables[table, default: Table()].chains[chain, default: []] += []
            guard value["hook"]?.string == "input", value["type"]?.string == "filter" else { return true }
            let policy = value["policy"]?.string ?? "accept"
            inputChains.append(BaseChain(table: table, name: chain, dropsByPolicy: policy == "drop"))
        case "rule":
            guard let chain = value["chain"]?.string, let statements = value["expr"]?.array else { return false }
            tables[table, default: Table()].chains[chain, default: []].append(statements)
        default:
            guard let set = value["name"]?.string else { return false }
            tables[table, default: Table()].sets[set] = value["elem"]?.array ?? []
        }
        return true
    }

    /// What the flags of a table mean: `nft` 1.0.6 prints the table's name in their place, so that one cannot tell.
    private static func isDormant(_ flags: JSONValue?) -> Bool? {
        guard let flags else { return false }
        let names = flags.strings ?? flags.string.map { [$0] } ?? []
        if names.contains("dormant") { return true }
        return names.allSatisfy { ["owner", "persist"].contains($0) } ? false : nil
    }
}
