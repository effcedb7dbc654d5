// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import MessageBus

/// The signal `firewallService`: which service keeps the firewall and whether it is on, a hint for those who cannot see the
/// kernel's rules.
struct FirewallServiceCollector: SignalCollector {
    /// The state of a service.
    enum State: String, Hashable, Sendable {
        /// It keeps strangers out.
        case on
        /// It runs, and lets nearly all ports in.
        case open
        /// It runs, but what its rules say is not judged.
        case loaded
        /// It does not run, or lets everything in.
        case off
    }

    /// One service that was found.
    struct Candidate: Hashable, Sendable {
        let name: String
        let state: State
        let evidence: String
    }

    private static let source = "firewall services"
    static let units = [
        "firewalld.service", "ufw.service", "nftables.service", "iptables.service", "firewall.service",
    ]

    package var signals: [SignalName] { [.firewallService] }

    package func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        guard requested.contains(.firewallService) else { return [:] }
        return [.firewallService: system.reading(of: find(in: system))]
    }

    private func find(in system: SystemView) -> Finding {
        switch Confinement.detect(in: system) {
        case .container(let name):
            return .notApplicable("a container (\(name)) has a network of its own", source: Self.source)
        case .flatpak: return .unknown("the sandbox hides the machine's services", source: Self.source)
        case .wsl, .none: break
        }
        let table: UnitTable
        switch UnitTable.read(Self.units, in: system) {
        case .failure(let failure):
            return .unknown("systemd \(failure.predicate)", source: Self.source, evidence: Self.files(in: system))
        case .success(let units): table = units
        }
        var candidates: [Candidate] = []
        do throws(ReadFailure) {
            if let candidate = try Self.firewalld(table, in: system) { candidates.append(candidate) }
            if let candidate = try Self.ufw(table, in: system) { candidates.append(candidate) }
        } catch ReadFailure.denied {
            return .unknown(
                "a service's files may not be read by this user, and it does not tell either; 'firewall' says what the "
                    + "kernel enforces", source: Self.source)
        } catch {
            return .unknown("a service's file \(error.predicate)", source: Self.source)
        }
        for (unit, name) in [("nftables", "nftables"), ("iptables", "iptables"), ("firewall", "nixos")] {
            guard let state = table["\(unit).service"], state.isInstalled else { continue }
            candidates.append(
                Candidate(
                    name: name, state: state.isActive ? .loaded : .off,
                    evidence: "\(unit).service is \(state.active); its rules are not judged"))
        }
        let best = [State.on, .open, .loaded, .off].lazy.compactMap { state in candidates.first { $0.state == state } }
            .first
        return .known(
            best.map { "\($0.name)=\($0.state.rawValue)" } ?? "none", source: Self.source,
            evidence: ["a hint: what the kernel enforces was not read"] + candidates.map(\.evidence))
    }

    /// firewalld: on where it runs and its default zone does not let everything in.
    private static func firewalld(_ table: UnitTable, in system: SystemView) throws(ReadFailure) -> Candidate? {
        guard let unit = table["firewalld.service"], unit.isInstalled else { return nil }
        guard unit.isActive else {
            return Candidate(name: "firewalld", state: .off, evidence: "firewalld.service is \(unit.active)")
        }
        var name: String?
        if case .success(.string(let text)) = system.services.answer(to: .firewalldDefaultZone) { name = text }
        if name == nil {
            name = try system.readIfPresent("/etc/firewalld/firewalld.conf").map { bytes in
                FirewallFiles.assignments(bytes)["DefaultZone"] ?? "public"
            }
        }
        guard let name, FirewallFiles.isZoneName(name) else { throw .malformed }
        let zone = try FirewalldZone.read(name, in: system)
        let evidence = "firewalld runs, default zone \(name)"
        if zone.letsAllIn {
            return Candidate(name: "firewalld", state: .off, evidence: "\(evidence), which lets everything in")
        }
        if zone.opensNearlyAllPorts {
            return Candidate(name: "firewalld", state: .open, evidence: "\(evidence), which lets nearly all ports in")
        }
        return Candidate(name: "firewalld", state: .on, evidence: evidence)
    }

    /// ufw: on where it is switched on, refuses by default, and its rules were loaded.
    private static func ufw(_ table: UnitTable, in system: SystemView) throws(ReadFailure) -> Candidate? {
        guard let settings = try system.readIfPresent("/etc/ufw/ufw.conf") else { return nil }
        let enabled: Bool
        switch FirewallFiles.assignments(settings)["ENABLED"]?.lowercased() {
        case "yes": enabled = true
        case "no": enabled = false
        default: throw .malformed
        }
        let defaults = try system.readIfPresent("/etc/default/ufw").map(FirewallFiles.assignments) ?? [:]
        let policy = defaults["DEFAULT_INPUT_POLICY"] ?? "unset"
        guard !enabled || ["ACCEPT", "DROP", "REJECT"].contains(policy.uppercased()) else { throw .malformed }
        let isActive = table["ufw.service"]?.isActive == true
        let isOn = enabled && isActive && ["DROP", "REJECT"].contains(policy.uppercased())
        return Candidate(
            name: "ufw", state: isOn ? .on : .off,
            evidence: "ufw: ENABLED=\(enabled ? "yes" : "no"), DEFAULT_INPUT_POLICY=\(policy), "
                + "ufw.service \(isActive ? "is" : "is not") active")
    }

    /// What files alone tell.
    private static func files(in system: SystemView) -> [String] {
        guard let bytes = try? system.read("/etc/ufw/ufw.conf") else { return [] }
        return ["/etc/ufw/ufw.conf: ENABLED=\(FirewallFiles.assignments(bytes)["ENABLED"] ?? "unset")"]
    }
}
