// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A network zone: where addresses, networks or places belong.
public struct NetworkZone: Hashable, Sendable {
    /// What a zone is for.
    public enum Usage: String, Hashable, Sendable, CaseIterable {
        /// For the conditions of rules.
        case policy = "POLICY"
        /// For addresses that are kept out before any rule is asked.
        case blocklist = "BLOCKLIST"
    }

    /// What belongs to a zone.
    public enum Kind: Hashable, Sendable {
        /// By address (`IP`).
        case addresses(AddressZone)
        /// By network, place and proxy (`DYNAMIC`).
        case dynamic(DynamicZone)
        /// The same with exclusions and services (`DYNAMIC_V2`).
        case enhanced(EnhancedDynamicZone)
    }

    /// Id, name, status; a zone has no priority.
    public var metadata: PolicyMetadata
    /// What it is for.
    public var usage: Usage
    /// What belongs to it.
    public var kind: Kind

    /// A zone.
    public init(metadata: PolicyMetadata, usage: Usage = .policy, kind: Kind) {
        self.metadata = metadata
        self.usage = usage
        self.kind = kind
    }
}

/// A zone by address.
public struct AddressZone: Hashable, Sendable {
    /// Addresses as a document writes them.
    public struct Entry: Hashable, Sendable {
        /// How they are written.
        public enum Notation: String, Hashable, Sendable, CaseIterable {
            /// As a network with its prefix.
            case cidr = "CIDR"
            /// As first and last.
            case range = "RANGE"
        }

        /// How.
        public var notation: Notation
        /// As it was written.
        public var value: String
        /// What it means.
        public var range: IPAddressRange

        /// Addresses, or `nil` where the text states none.
        public init?(_ notation: Notation, _ value: String) {
            guard let range = notation == .cidr ? IPAddressRange(cidr: value) : IPAddressRange(range: value) else {
                return nil
            }
            self.notation = notation
            self.value = value
            self.range = range
        }
    }

    /// The most gateways, and the most proxies.
    public static let maximumEntries = 150

    /// The addresses of the zone.
    public var gateways: [Entry]
    /// The proxies that are believed when they say for whom they ask.
    public var proxies: [Entry]

    /// A zone by address.
    public init(gateways: [Entry], proxies: [Entry] = []) {
        self.gateways = gateways
        self.proxies = proxies
    }
}

/// A place that belongs to a zone.
public struct ZoneLocation: Hashable, Sendable {
    /// The country in two letters.
    public var country: String
    /// The region; the whole country where it is `nil`.
    public var region: String?

    /// A place.
    public init(country: String, region: String? = nil) {
        self.country = country
        self.region = region
    }
}

/// A zone by network, place and proxy; what is there has to match, an empty list asks for nothing.
public struct DynamicZone: Hashable, Sendable {
    /// Which proxies belong to it.
    public enum Proxy: String, Hashable, Sendable, CaseIterable {
        /// Any.
        case any = "Any"
        /// Tor.
        case tor = "Tor"
        /// Those that hide who uses them, but for Tor.
        case notTorAnonymizer = "NotTorAnonymizer"
    }

    /// Numbers of autonomous systems.
    public var autonomousSystems: [String] = []
    /// Places.
    public var locations: [ZoneLocation] = []
    /// Proxies; `nil` where they are not asked for.
    public var proxy: Proxy?

    /// A zone that asks for nothing.
    public init() {}
}

/// A zone by network, place and service, with exclusions.
public struct EnhancedDynamicZone: Hashable, Sendable {
    /// Numbers of autonomous systems.
    public var autonomousSystems = Inclusion()
    /// The places that belong to it; empty where all do.
    public var includedLocations: [ZoneLocation] = []
    /// The places that do not.
    public var excludedLocations: [ZoneLocation] = []
    /// Services, such as `ALL_ANONYMIZERS` or `NORDVPN`.
    public var serviceCategories = Inclusion()

    /// A zone that asks for nothing.
    public init() {}
}
