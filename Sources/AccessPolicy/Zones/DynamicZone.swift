// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
