// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whether somebody may recover a password or unlock an account by themselves, and what they have to prove: for a directory that
/// keeps the passwords and asks before it lets them.
public struct RecoveryDecision: Hashable, Sendable {
    /// What is asked about.
    public let operation: AccountOperation
    /// What the rules of password policies say.
    public let handOver: PasswordHandOver
    /// What the account management policy says, where they hand over to it; and that of a network that is kept out.
    public let decision: AccessPolicyDecision?

    /// Asks the rules of password policies, and the account management policy where they hand over to it.
    ///
    /// A network that is kept out (`BLOCKLIST`) is kept out here as well, whoever decides.
    ///
    /// - Parameter request: what is known; its operation is put in place.
    public init(
        _ operation: AccountOperation, _ request: AccessRequest, passwords: PasswordPolicyEvaluator,
        accounts: AccessPolicyEvaluator
    ) {
        var request = request
        // An app's own policy has no say in what people do with their accounts.
        request.policyID = nil
        request.account = AccessRequest.AccountChange(operation, metadataType: request.account?.metadataType)
        let decision = accounts.evaluate(request)
        var handOver = passwords.handOver(operation, for: request)
        if case .blockedNetwork = decision.reason { handOver = .denied(decision.why) }
        self.operation = operation
        self.handOver = handOver
        self.decision = handOver == .accountManagementPolicy ? decision : nil
    }

    /// Whether they may, once they have proved what is asked for.
    public var access: PolicyAccess {
        switch handOver {
        case .denied: .deny
        case .passwordPolicy: .allow
        case .accountManagementPolicy: decision?.access ?? .deny
        }
    }

    /// The answer for a program: `access`, `why`, and by whom it was decided: `PASSWORD_POLICY`, with its `requirement`, or
    /// `ACCOUNT_MANAGEMENT_POLICY`, with policy, rule and `verificationMethod`.
    public var json: JSONValue {
        var members: [(String, JSONValue?)] = [
            ("operation", .string(operation.rawValue)), ("access", .string(access.rawValue)),
        ]
        switch handOver {
        case .denied(let reason):
            members += [("decidedBy", .string("PASSWORD_POLICY")), ("why", .string(reason))]
        case .passwordPolicy(let requirement):
            members += [
                ("decidedBy", .string("PASSWORD_POLICY")), ("accessControl", .string("LEGACY")),
                ("why", .string("the password policy's own requirement holds")), ("requirement", requirement.json),
            ]
        case .accountManagementPolicy:
            members += [
                ("decidedBy", .string("ACCOUNT_MANAGEMENT_POLICY")), ("accessControl", .string("AUTH_POLICY")),
            ]
            let told: Set<String> = ["access"]
            members += (decision?.json.members ?? []).filter { !told.contains($0.name) }.map { ($0.name, $0.value) }
        }
        return .object(of: members)
    }
}
