// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whether somebody may recover a password or unlock an account by themselves, and what they have to prove: for a directory that
/// keeps the passwords and asks before it lets them.
public struct RecoveryDecision: Hashable, Sendable {
    /// What is asked about.
    public let operation: AccountOperation
    /// With what the policies were asked.
    public let request: AccessRequest
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
        var isToldOf = handOver == .accountManagementPolicy
        if case .blockedNetwork = decision.reason { (handOver, isToldOf) = (.denied(decision.why), true) }
        self.operation = operation
        self.request = request
        self.handOver = handOver
        self.decision = isToldOf ? decision : nil
    }

    /// Whether they may, once they have proved what is asked for.
    public var access: PolicyAccess {
        switch handOver {
        case .denied: .deny
        case .passwordPolicy: .allow
        case .accountManagementPolicy: decision?.access ?? .deny
        }
    }

    /// The answer for a program: `access`, `why`, and by whom it was decided: `PASSWORD_POLICY`, with its `requirement`,
    /// `ACCOUNT_MANAGEMENT_POLICY`, with policy, rule and `verificationMethod`, or `NETWORK_ZONE`, with what could not be decided.
    public var json: JSONValue {
        var members: [(String, JSONValue?)] = [
            ("operation", .string(operation.rawValue)), ("access", .string(access.rawValue)),
        ]
        switch handOver {
        case .denied(let reason):
            if let decision {
                members.append(("decidedBy", .string("NETWORK_ZONE")))
                members += Self.members(of: decision)
            } else {
                members += [("decidedBy", .string("PASSWORD_POLICY")), ("why", .string(reason))]
            }
        case .passwordPolicy(let requirement):
            members += [
                ("decidedBy", .string("PASSWORD_POLICY")), ("accessControl", .string("LEGACY")),
                ("why", .string("the password policy's own requirement holds")), ("requirement", requirement.json),
            ]
        case .accountManagementPolicy:
            members += [
                ("decidedBy", .string("ACCOUNT_MANAGEMENT_POLICY")), ("accessControl", .string("AUTH_POLICY")),
            ]
            if let decision { members += Self.members(of: decision) }
        }
        return .object(of: members)
    }

    /// What is told of a decision besides its access, which is told already.
    private static func members(of decision: AccessPolicyDecision) -> [(String, JSONValue?)] {
        (decision.json.members ?? []).filter { $0.name != "access" }.map { ($0.name, $0.value) }
    }
}
