// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How the account page shows an authenticator, by what the account management policy says.
public enum AuthenticatorPresentation: Hashable, Sendable {
    /// Its buttons work, once this is proved.
    case editable(VerificationMethod)
    /// It is shown, and nothing can be done with it.
    case readOnly
    /// It is not shown: what cannot be enrolled is not offered.
    case hidden
}

/// What somebody may do with their own authenticators.
public struct AccountManagement: Sendable {
    private let evaluator: AccessPolicyEvaluator
    private let request: AccessRequest

    /// - Parameters:
    ///   - evaluator: the policies.
    ///   - request: what is known of the person and their device; what it says of a change is put in place.
    public init(_ evaluator: AccessPolicyEvaluator, _ request: AccessRequest) {
        self.evaluator = evaluator
        self.request = request
    }

    /// What the policy says of a change; `nil` where there is no account management policy, and nothing is said.
    public func decision(
        _ operation: AccountOperation, authenticatorKey: String? = nil, authenticatorID: String? = nil
    ) -> AccessPolicyDecision? {
        guard evaluator.governs(.endUserAccountManagement) else { return nil }
        var request = request
        // An app's own policy has no say in what people do with their accounts.
        request.policyID = nil
        request.account = AccessRequest.AccountChange(
            operation, authenticatorKey: authenticatorKey, authenticatorID: authenticatorID,
            metadataType: request.account?.metadataType)
        return evaluator.evaluate(request)
    }

    /// How an authenticator is shown: an enrolled one that may not be changed is read-only, one that may not be enrolled is
    /// hidden.
    ///
    /// - Parameter isEnrolled: whether the person has it.
    public func presentation(
        of authenticatorKey: String, id: String? = nil, isEnrolled: Bool
    ) -> AuthenticatorPresentation {
        let operation: AccountOperation = isEnrolled ? .unenroll : .enroll
        guard let decision = decision(operation, authenticatorKey: authenticatorKey, authenticatorID: id) else {
            return .editable(.anyFactor)
        }
        guard let verification = decision.verification else { return isEnrolled ? .readOnly : .hidden }
        return .editable(verification)
    }

    /// Whether somebody would be left without any authenticator that resists phishing, which they are to be warned of.
    ///
    /// - Parameters:
    ///   - removed: whether the one to be removed resists phishing.
    ///   - remaining: the same of each that stays.
    public static func removesLastPhishingResistant(removed: Bool, remaining: [Bool]) -> Bool {
        removed && !remaining.contains(true)
    }
}
