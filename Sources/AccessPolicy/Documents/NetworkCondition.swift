// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// `network` of a rule.
public struct NetworkCondition: Hashable, Sendable {
    /// Whether zones count.
    public enum Connection: String, Hashable, Sendable, CaseIterable {
        /// From anywhere.
        case anywhere = "ANYWHERE"
        /// From the zones that are named.
        case zone = "ZONE"
    }

    /// The element that means every zone.
    public static let allZones = "ALL_ZONES"

    /// Whether zones count.
    public var connection: Connection
    /// Zones by id.
    public var zones: Inclusion
    /// Members that are not known here, as they were read.
    public var unrecognized: [JSONMember] = []

    /// A condition.
    public init(connection: Connection, zones: Inclusion = Inclusion()) {
        self.connection = connection
        self.zones = zones
    }
}
