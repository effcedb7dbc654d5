// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The kinds of documents that the management API keeps.
package enum DocumentKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A device assurance policy.
    case deviceAssurance = "device_assurance"
    /// A check that device assurance policies name.
    case postureCheck = "posture_check"
    /// An access policy.
    case policy
    /// A rule of an access policy.
    case rule
    /// A network zone.
    case zone

    /// How ids begin, as Okta's do.
    var prefix: String {
        switch self {
        case .deviceAssurance: "dae"
        case .postureCheck: "dch"
        case .policy: "rst"
        case .rule: "rul"
        case .zone: "nzo"
        }
    }

    /// What the audit log and errors call it.
    var entityType: String {
        switch self {
        case .deviceAssurance: "DeviceAssurancePolicy"
        case .postureCheck: "DevicePostureCheck"
        case .policy: "PolicyEntity"
        case .rule: "PolicyRule"
        case .zone: "NetworkZone"
        }
    }

    /// How the names of its events begin.
    private var eventPrefix: String {
        switch self {
        case .deviceAssurance: "device.assurance.policy"
        case .postureCheck: "device.posture_check"
        case .policy: "policy.lifecycle"
        case .rule: "policy.rule"
        case .zone: "zone"
        }
    }

    /// The most documents of a kind; of rules, for each policy.
    var maximumCount: Int { self == .rule ? 1000 : 2000 }

    /// The member whose value is the document's name among its kind.
    var nameMember: String { self == .postureCheck ? "variableName" : "name" }

    /// The kind of event of a change.
    func event(_ change: DocumentChange) -> AuditEventType {
        let verb: String =
            switch (change, self) {
            case (.create, .deviceAssurance), (.create, .rule): "add"
            case (.create, _): "create"
            case (.update, _), (.revert, _): "update"
            case (.delete, _): "delete"
            case (.activate, _): "activate"
            case (.deactivate, _): "deactivate"
            }
        return AuditEventType(rawValue: "\(eventPrefix).\(verb)")
    }
}

/// What was done to a document.
package enum DocumentChange: String, Hashable, Sendable, Codable {
    /// It was made.
    case create
    /// It was replaced.
    case update
    /// It was deleted.
    case delete
    /// It counts.
    case activate
    /// It does not count for now.
    case deactivate
    /// An earlier version took its place.
    case revert
}
