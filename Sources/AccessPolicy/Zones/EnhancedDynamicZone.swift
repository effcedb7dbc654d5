// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
