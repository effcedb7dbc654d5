// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a ruleset does to strangers, over each family of addresses.
struct FirewallVerdict: Hashable, Sendable {
    /// Whether every stranger's packet is dropped; `nil` where that cannot be told.
    let isOn: Bool?
    /// Why it cannot be told.
    let reason: String?
    /// What was seen, a line each.
    let evidence: [String]

    /// Judges a ruleset.
    ///
    /// - Parameters:
    ///   - interfaces: those that strangers come in by; where there are none, one that no rule names stands for all.
    ///   - hasIPv6: whether the kernel speaks IPv6.
    init(judging ruleset: NftablesRuleset, interfaces: [String], hasIPv6: Bool) {
        var isOn: Bool? = true
        var reason: String?
        var evidence: [String] = []
        var hiddenAccepts: Set<String> = []
        for family in StrangersPacket.Family.allCases where family == .ip || hasIPv6 {
            let (droppers, open, undecided) = Self.passages(of: family, interfaces, in: ruleset, &hiddenAccepts)
            if let undecided { reason = reason ?? "\(family.title): \(undecided)" }
            if !droppers.isEmpty {
                evidence.append(
                    "\(family.title): what strangers send is dropped by \(droppers.sorted().joined(separator: ", "))")
            }
            if !open.isEmpty {
                isOn = false
                evidence.append("\(family.title): not covered (\(open.joined(separator: ", ")))")
            }
        }
        if !hasIPv6 { evidence.append("the kernel does not speak IPv6") }
        if !hiddenAccepts.isEmpty {
            let names = hiddenAccepts.sorted().prefix(8).joined(separator: ", ")
            evidence.append("passed by: rules that accept on conditions that nft does not show (\(names))")
        }
        self.isOn = isOn == true && reason != nil ? nil : isOn
        self.reason = reason
        self.evidence = evidence
    }

    /// What becomes of packets of a family: which chains drop them, which ways in are open, and why it cannot be told.
    private static func passages(
        of family: StrangersPacket.Family, _ interfaces: [String], in ruleset: NftablesRuleset,
        _ hiddenAccepts: inout Set<String>
    ) -> (droppers: Set<String>, open: [String], undecided: String?) {
        var droppers: Set<String> = []
        var open: [String] = []
        var undecided: String?
        for transport in StrangersPacket.Transport.allCases {
            for interface in interfaces.isEmpty ? [nil] : interfaces.map(Optional.some) {
                let packet = StrangersPacket(family: family, transport: transport, interface: interface)
                let (fate, dropper) = fate(of: packet, in: ruleset, &hiddenAccepts)
                switch fate {
                case .dropped: if let dropper { droppers.insert(dropper) }
                case .accepted: open.append(transport.rawValue + (interface.map { " by \($0)" } ?? ""))
                case .undecided(let why): undecided = undecided ?? why
                }
            }
        }
        return (droppers, open, undecided)
    }

    /// What becomes of a packet: it must pass all base chains, so one that drops it is enough.
    private static func fate(
        of packet: StrangersPacket, in ruleset: NftablesRuleset, _ hiddenAccepts: inout Set<String>
    ) -> (NftablesWalk.Fate, dropper: String?) {
        var fate = NftablesWalk.Fate.accepted
        for chain in ruleset.inputChains where ["inet", packet.family.rawValue].contains(chain.table.family) {
            var walk = NftablesWalk(of: packet, through: ruleset.tables[chain.table] ?? NftablesRuleset.Table())
            let here = walk.fate(in: chain)
            hiddenAccepts.formUnion(walk.hiddenAccepts)
            if here == .dropped { return (.dropped, chain.description) }
            if here != .accepted { fate = here }
        }
        return (fate, nil)
    }
}
