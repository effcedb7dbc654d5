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

    /// The name of the system's zone whose addresses no blocklist keeps out.
    static let exemptName = "DefaultExemptIpZone"

    /// Whether no blocklist keeps out its addresses.
    var isExempt: Bool { metadata.isSystem && metadata.name == Self.exemptName }

    /// A zone.
    public init(metadata: PolicyMetadata, usage: Usage = .policy, kind: Kind) {
        self.metadata = metadata
        self.usage = usage
        self.kind = kind
    }
}
