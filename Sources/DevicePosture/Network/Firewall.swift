// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `firewall`: whether the kernel drops what strangers send, by the ruleset that it holds.
///
/// Services and their files do not count: a firewall that is switched on there may hold no rule, and the kernel may hold rules of
/// which no service knows.
struct FirewallCollector: SignalCollector {
    private static let source = "nft -j list ruleset"
    private static let interfacesPath = "/sys/class/net"

    package var signals: [SignalName] { [.firewall] }

    package func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        guard requested.contains(.firewall) else { return [:] }
        return [.firewall: system.reading(of: await find(in: system))]
    }

    private func find(in system: SystemView) async -> Finding {
        switch Confinement.detect(in: system) {
        case .container(let name):
            return .notApplicable("a container (\(name)) has a network of its own", source: Self.source)
        case .flatpak: return .unknown("the sandbox hides the machine's packet filter", source: Self.source)
        case .wsl: return .unknown("the Windows host filters before this system", source: Self.source)
        case .none: break
        }
        guard system.privilege == .root else {
            return .unknown(
                "the kernel shows its packet filter to the superuser alone: this needs the posture helper",
                source: Self.source)
        }
        // Without it nothing would tell whether there is IPv6, and the command would tell of another machine.
        guard (try? system.exists("/proc/net/tcp")) == true else {
            return .unknown("this machine's network cannot be seen", source: "/proc/net")
        }
        switch await system.commands.run(.nftablesRuleset, environment: system.environment) {
        case .failure(let failure): return .unknown("nft \(failure.predicate)", source: Self.source)
        case .success(let bytes):
            guard let ruleset = NftablesRuleset(parsing: bytes) else {
                return .unknown("what nft prints is not understood", source: Self.source)
            }
            return Self.judge(ruleset, in: system)
        }
    }

    /// Judges the ruleset of this machine, beside which there may be rules that it does not show.
    private static func judge(_ ruleset: NftablesRuleset, in system: SystemView) -> Finding {
        let verdict: FirewallVerdict
        do {
            verdict = FirewallVerdict(
                judging: ruleset, interfaces: try interfaces(of: system), hasIPv6: try hasIPv6(system))
        } catch {
            return .unknown(error, at: interfacesPath)
        }
        if verdict.isOn == true { return .known(true, source: source, evidence: verdict.evidence) }
        do {
            let legacy = try legacyTables(of: system)
            guard legacy.isEmpty else {
                return .unknown(
                    "the kernel holds rules of the older iptables (\(legacy.joined(separator: ", "))), which are not read",
                    source: source, evidence: verdict.evidence)
            }
        } catch {
            return .unknown(error, at: "/proc/net/ip_tables_names", evidence: verdict.evidence)
        }
        guard verdict.isOn == false else {
            return .unknown(
                verdict.reason ?? "the rules are not understood", source: source, evidence: verdict.evidence)
        }
        return .known(false, source: source, evidence: verdict.evidence)
    }

    /// The interfaces that strangers come in by: hardware, and what is laid over it (bridges, bonds, VLANs), by whose name packets
    /// then come in. Bridges and tunnels of containers and virtual machines do not count.
    static func interfaces(of system: SystemView) throws(ReadFailure) -> [String] {
        var found: Set<String> = []
        var pending: [String] = []
        do throws(ReadFailure) {
            for name in try system.list(interfacesPath, limit: 4096)
            where try system.exists("\(interfacesPath)/\(name)/device") { pending.append(name) }
            while let name = pending.popLast(), found.count < 4096 {
                guard found.insert(name).inserted else { continue }
                let over = try system.list("\(interfacesPath)/\(name)").filter { $0.hasPrefix("upper_") }
                pending.append(contentsOf: over.map { String($0.dropFirst("upper_".count)) })
            }
        } catch {
            guard error == .absent else { throw error }
        }
        return found.sorted()
    }

    /// Whether the kernel speaks IPv6.
    static func hasIPv6(_ system: SystemView) throws(ReadFailure) -> Bool {
        guard try system.exists("/proc/net/if_inet6") else { return false }
        return try system.attributeIfPresent("/proc/sys/net/ipv6/conf/all/disable_ipv6") != "1"
    }

    /// Tables of the older iptables that may drop packets; the one of address translation cannot.
    static func legacyTables(of system: SystemView) throws(ReadFailure) -> [String] {
        var names: Set<String> = []
        for path in ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"] {
            let text = String(decoding: try system.readIfPresent(path, limit: 4096) ?? [], as: UTF8.self)
            names.formUnion(text.split(whereSeparator: \.isWhitespace).map(String.init))
        }
        return names.subtracting(["nat"]).sorted()
    }
}
