// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import DeviceAssurance
internal import ManagementQueries

/// What reads one kind of documents: the module that decides by them. A document that it does not understand is not kept.
protocol ManagedDocument: Sendable {
    /// The kind.
    static var kind: DocumentKind { get }

    /// Reads a document, whole.
    ///
    /// - Throws: ``ManagementError`` that names the member that is not understood.
    static func check(_ bytes: [UInt8]) throws(ManagementError)
}

/// Device assurance policies.
enum AssuranceDocument: ManagedDocument {
    static let kind = DocumentKind.deviceAssurance

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        do { _ = try AssurancePolicy.decode(bytes, name: "body") } catch { throw ManagementError(error) }
    }
}

/// Checks that device assurance policies name.
enum PostureCheckDocument: ManagedDocument {
    static let kind = DocumentKind.postureCheck

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        do { _ = try DevicePostureCheck.decode(bytes, name: "body") } catch { throw ManagementError(error) }
    }
}

/// Access policies; their rules are documents of their own.
enum PolicyManagedDocument: ManagedDocument {
    static let kind = DocumentKind.policy

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        let policy: AccessPolicy
        do { policy = try AccessPolicy.decode(bytes) } catch { throw ManagementError(error) }
        guard policy.resourceType == .app else {
            throw .invalid(
                "_embedded.resourceType", "there is one account management policy, which is the system's own")
        }
        guard policy.rules.isEmpty else { throw .invalid("_embedded.rules", "rules are added one by one") }
    }
}

/// Rules of access policies.
enum RuleManagedDocument: ManagedDocument {
    static let kind = DocumentKind.rule

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        do { _ = try AccessPolicyRule.decode(bytes) } catch { throw ManagementError(error) }
    }
}

/// Password policies; their rules are documents of their own.
enum PasswordPolicyManagedDocument: ManagedDocument {
    static let kind = DocumentKind.passwordPolicy

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        let policy: PasswordPolicy
        do { policy = try PasswordPolicy.decode(bytes) } catch { throw ManagementError(error) }
        guard policy.rules.isEmpty else { throw .invalid("_embedded.rules", "rules are added one by one") }
    }
}

/// Rules of password policies.
enum PasswordRuleManagedDocument: ManagedDocument {
    static let kind = DocumentKind.passwordRule

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        do { _ = try PasswordPolicyRule.decode(bytes) } catch { throw ManagementError(error) }
    }
}

extension DocumentKind {
    /// What reads policies and rules of this kind.
    var policyDocument: any ManagedDocument.Type {
        switch self {
        case .passwordPolicy: PasswordPolicyManagedDocument.self
        case .passwordRule: PasswordRuleManagedDocument.self
        case .rule: RuleManagedDocument.self
        default: PolicyManagedDocument.self
        }
    }
}

/// Network zones.
enum ZoneManagedDocument: ManagedDocument {
    static let kind = DocumentKind.zone

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        do { _ = try NetworkZone.decode(bytes) } catch { throw ManagementError(error) }
    }
}

extension ManagementError {
    /// A device assurance policy or check that is not understood.
    init(_ error: AssurancePolicyError) {
        self = .invalid(error.member.isEmpty ? "body" : error.member, error.problem)
    }

    /// An access policy, rule, zone or question that is not understood.
    init(_ error: PolicyDocumentError) { self = .invalid(error.path, error.problem) }
}
