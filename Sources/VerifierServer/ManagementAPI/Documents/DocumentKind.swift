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
    /// A password policy.
    case passwordPolicy = "password_policy"
    /// A rule of a password policy.
    case passwordRule = "password_rule"
    /// A network zone.
    case zone

    /// How ids begin, as Okta's do.
    var prefix: String {
        switch self {
        case .deviceAssurance: "dae"
        case .postureCheck: "dch"
        case .policy: "rst"
        case .rule: "rul"
        case .passwordPolicy: "00p"
        case .passwordRule: "0pr"
        case .zone: "nzo"
        }
    }

    /// What the audit log and errors call it.
    var entityType: String {
        switch self {
        case .deviceAssurance: "DeviceAssurancePolicy"
        case .postureCheck: "DevicePostureCheck"
        case .policy, .passwordPolicy: "PolicyEntity"
        case .rule, .passwordRule: "PolicyRule"
        case .zone: "NetworkZone"
        }
    }

    /// How the names of its events begin.
    private var eventPrefix: String {
        switch self {
        case .deviceAssurance: "device.assurance.policy"
        case .postureCheck: "device.posture_check"
        case .policy, .passwordPolicy: "policy.lifecycle"
        case .rule, .passwordRule: "policy.rule"
        case .zone: "zone"
        }
    }

    /// The most documents of a kind; of rules, for each policy.
    var maximumCount: Int { isRule ? 1000 : 2000 }

    /// Whether documents of this kind are rules of a policy.
    var isRule: Bool { self == .rule || self == .passwordRule }

    /// What the rules of a policy of this kind are; `nil` for what has none.
    var rules: DocumentKind? {
        switch self {
        case .policy: .rule
        case .passwordPolicy: .passwordRule
        default: nil
        }
    }

    /// The `type` of policies and their rules.
    var policyType: String? {
        switch self {
        case .policy, .rule: "ACCESS_POLICY"
        case .passwordPolicy, .passwordRule: "PASSWORD"
        default: nil
        }
    }

    /// The kind of policies of a `type`, in any case; `nil` where there are none here.
    static func policies(ofType type: String) -> DocumentKind? {
        [.policy, .passwordPolicy].first { $0.policyType == type.uppercased() }
    }

    /// The member whose value is the document's name among its kind.
    var nameMember: String { self == .postureCheck ? "variableName" : "name" }

    /// The kind of event of a change.
    func event(_ change: DocumentChange) -> AuditEventType {
        let verb: String =
            switch (change, self) {
            case (.create, .deviceAssurance), (.create, .rule), (.create, .passwordRule): "add"
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
