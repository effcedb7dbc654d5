// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The zones that rules name.
struct ZoneTable: Sendable {
    private let zones: [String: NetworkZone]
    private let order: [String]

    init(_ zones: [NetworkZone]) {
        var table: [String: NetworkZone] = [:]
        var order: [String] = []
        for zone in zones {
            guard let id = zone.metadata.id, table[id] == nil else { continue }
            table[id] = zone
            order.append(id)
        }
        self.zones = table
        self.order = order
    }

    /// Whether a network is in a zone.
    func outcome(of id: String, for network: AccessRequest.Network) -> ConditionOutcome {
        if id == NetworkCondition.allZones { return all(network) }
        if let isIn = network.zones[id] { return ConditionOutcome(isIn) }
        guard let zone = zones[id] else { return .undecided("there is no zone \(id)") }
        guard zone.metadata.status == .active else { return .undecided("the zone \(zone.metadata.label) is INACTIVE") }
        return zone.outcome(for: network)
    }

    /// Whether a network is in any zone; inactive ones do not count here.
    private func all(_ network: AccessRequest.Network) -> ConditionOutcome {
        if network.zones.values.contains(true) { return .match }
        let counted = order.filter { zones[$0]?.metadata.status == .active && zones[$0]?.usage == .policy }
        return .any(counted) { outcome(of: $0, for: network) }
    }
}

extension NetworkZone {
    /// Whether a network is in this zone, whatever the zone's status.
    public func outcome(for network: AccessRequest.Network) -> ConditionOutcome {
        switch kind {
        case .addresses(let zone): zone.outcome(for: network)
        case .dynamic(let zone): zone.outcome(for: network)
        case .enhanced(let zone): zone.outcome(for: network)
        }
    }
}

extension AddressZone {
    /// Who asks: going back from the address that the verifier saw itself, the first one that is none of the zone's proxies.
    /// What stands before that one is hearsay.
    public func client(of addresses: [String]) -> IPAddress? {
        for text in addresses.reversed() {
            guard let address = IPAddress(text) else { return nil }
            if !proxies.contains(where: { $0.range.contains(address) }) { return address }
        }
        return nil
    }

    fileprivate func outcome(for network: AccessRequest.Network) -> ConditionOutcome {
        // Nobody is in a zone without addresses, whoever asks.
        if gateways.isEmpty { return .noMatch }
        guard let client = client(of: network.addresses) else {
            return .undecided("the address of who asks is not known")
        }
        return ConditionOutcome(gateways.contains { $0.range.contains(client) })
    }
}

extension DynamicZone {
    fileprivate func outcome(for network: AccessRequest.Network) -> ConditionOutcome {
        if autonomousSystems.isEmpty, locations.isEmpty, proxy == nil { return .noMatch }
        return network.isOf(systems: autonomousSystems, orAll: true)
            .and(network.isIn(locations, orAll: true))
            .and(isProxied(network))
    }

    private func isProxied(_ network: AccessRequest.Network) -> ConditionOutcome {
        guard let proxy else { return .match }
        guard let seen = network.proxy else { return .undecided("whether the address is a proxy is not known") }
        switch proxy {
        case .any: return ConditionOutcome(seen != .none)
        case .tor: return ConditionOutcome(seen == .tor)
        case .notTorAnonymizer: return ConditionOutcome(seen == .notTor)
        }
    }
}

extension EnhancedDynamicZone {
    fileprivate func outcome(for network: AccessRequest.Network) -> ConditionOutcome {
        if self == EnhancedDynamicZone() { return .noMatch }
        return network.isOf(systems: autonomousSystems.exclude, orAll: false).negated
            .and(network.isIn(excludedLocations, orAll: false).negated)
            .and(network.isServed(by: serviceCategories.exclude, orAll: false).negated)
            .and(network.isOf(systems: autonomousSystems.include, orAll: true))
            .and(network.isIn(includedLocations, orAll: true))
            .and(network.isServed(by: serviceCategories.include, orAll: true))
    }
}

extension AccessRequest.Network {
    /// - Parameter all: what an empty list means.
    fileprivate func isOf(systems: [String], orAll all: Bool) -> ConditionOutcome {
        if systems.isEmpty { return ConditionOutcome(all) }
        return ConditionOutcome(
            autonomousSystem.map(systems.contains), orUndecided: "the autonomous system of the address is not known")
    }

    fileprivate func isIn(_ locations: [ZoneLocation], orAll all: Bool) -> ConditionOutcome {
        if locations.isEmpty { return ConditionOutcome(all) }
        guard let location else { return .undecided("the place of the address is not known") }
        return .any(locations) { wanted in
            guard wanted.country == location.country.asciiUppercased else { return .noMatch }
            guard let region = wanted.region else { return .match }
            let isSame = location.region.map { $0.asciiUppercased == region }
            return ConditionOutcome(isSame, orUndecided: "the region of the address is not known")
        }
    }

    fileprivate func isServed(by categories: [String], orAll all: Bool) -> ConditionOutcome {
        if categories.isEmpty { return ConditionOutcome(all) }
        guard let serviceCategories else {
            return .undecided("the service that the address belongs to is not known")
        }
        if !serviceCategories.isDisjoint(with: categories) { return .match }
        // Which services such a name stands for is not kept here, so that only of no service at all it is known.
        guard !serviceCategories.isEmpty, let group = categories.first(where: { $0.hasPrefix("ALL_") }) else {
            return .noMatch
        }
        return .undecided("whether the service that the address belongs to is one of \(group) is not known")
    }
}
