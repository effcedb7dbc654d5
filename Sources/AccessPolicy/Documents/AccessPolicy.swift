// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whether a policy or rule counts.
public enum PolicyStatus: String, Hashable, Sendable, CaseIterable {
    /// It counts.
    case active = "ACTIVE"
    /// It is kept and does not count.
    case inactive = "INACTIVE"
}

/// What is common to policies, rules and zones, and is kept as it was read.
public struct PolicyMetadata: Hashable, Sendable {
    /// The id; `nil` in a document that was not stored yet.
    public var id: String?
    /// The name.
    public var name: String
    /// Whether it counts.
    public var status: PolicyStatus
    /// Its place: 1 is first, and 0 is before it; one without a number is behind all that have one.
    public var priority: Int?
    /// Whether the system made it, as it makes catch-all rules.
    public var isSystem: Bool
    /// When it was made, as it was written.
    public var created: String?
    /// When it was last changed, as it was written.
    public var lastUpdated: String?
    /// `_links`, as they were read.
    public var links: JSONValue?

    /// The metadata of something new.
    public init(id: String? = nil, name: String, priority: Int? = nil, isSystem: Bool = false) {
        self.id = id
        self.name = name
        self.priority = priority
        self.isSystem = isSystem
        status = .active
    }

    /// How it is named to people: by name, and by id where there is one.
    public var label: String { id.map { "\(name) (\($0))" } ?? name }
}

/// A policy of type `ACCESS_POLICY`: rules that say who signs in, how, or who changes what of their account.
public struct AccessPolicy: Hashable, Sendable {
    /// What a policy is about.
    public enum ResourceType: String, Hashable, Sendable, CaseIterable {
        /// Sign-ins to apps.
        case app = "APP"
        /// What people do with their own authenticators: enrol, unenrol, recover, unlock.
        case endUserAccountManagement = "END_USER_ACCOUNT_MANAGEMENT"
    }

    /// Id, name, status, priority.
    public var metadata: PolicyMetadata
    /// A sentence about it.
    public var summary: String?
    /// What it is about.
    public var resourceType: ResourceType
    /// Its rules, in the document's order.
    public var rules: [AccessPolicyRule]

    /// A policy.
    public init(metadata: PolicyMetadata, resourceType: ResourceType = .app, rules: [AccessPolicyRule] = []) {
        self.metadata = metadata
        self.resourceType = resourceType
        self.rules = rules
    }

    /// The rules that count, first the one that is asked first; the catch-all rule of the system is last whatever its
    /// number.
    public var rulesInOrder: [AccessPolicyRule] {
        PolicyOrder.sorted(rules, by: \.metadata).filter { $0.metadata.status == .active }
    }
}

/// The order in which policies and rules are asked.
enum PolicyOrder {
    /// Those of the system last, then by number, then as they stand in the document.
    static func sorted<Element>(_ elements: [Element], by metadata: (Element) -> PolicyMetadata) -> [Element] {
        elements.enumerated().sorted { left, right in
            key(metadata(left.element), left.offset) < key(metadata(right.element), right.offset)
        }.map(\.element)
    }

    private static func key(_ metadata: PolicyMetadata, _ offset: Int) -> (Int, Int, Int) {
        (metadata.isSystem ? 1 : 0, metadata.priority ?? .max, offset)
    }
}
