// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import DeviceAssurance
import Foundation
import WireProtocol

@testable import VerifierServer

/// The documents of policies, as administrators write them.
enum PolicyDocuments {
    /// A policy with rules; the first is asked first.
    static func policy(_ rules: [String], id: String = "rstApp", account: Bool = false) -> String {
        let type = account ? "END_USER_ACCOUNT_MANAGEMENT" : "APP"
        return """
            {"id": "\(id)", "name": "\(id)", "type": "ACCESS_POLICY", "conditions": null,
             "_embedded": {"resourceType": "\(type)", "rules": [\(rules.joined(separator: ","))]}}
            """
    }

    /// A rule that lets in who does what `method` says.
    static func allow(
        _ name: String, _ priority: Int = 1, if conditions: String = "{}",
        method: String = #""factorMode": "1FA", "constraints": [{"possession": {"userPresence": "OPTIONAL"}}]"#
    ) -> String {
        """
        {"id": "rul\(name)", "name": "\(name)", "priority": \(priority), "type": "ACCESS_POLICY", "status": "ACTIVE",
         "conditions": \(conditions), "actions": {"appSignOn": {"access": "ALLOW",
         "verificationMethod": {"type": "ASSURANCE", \(method)}}}}
        """
    }

    /// A rule that keeps out.
    static func deny(_ name: String, _ priority: Int = 99, if conditions: String = "{}") -> String {
        """
        {"id": "rul\(name)", "name": "\(name)", "priority": \(priority), "type": "ACCESS_POLICY",
         "conditions": \(conditions), "actions": {"appSignOn": {"access": "DENY"}}}
        """
    }

    /// One factor of possession that is like this.
    static func possession(_ traits: String, _ more: String = "") -> String {
        #""factorMode": "1FA", "constraints": [{"possession": {\#(traits)}}]\#(more)"#
    }
}

extension AccessPolicy {
    static func rules(_ rules: String..., account: Bool = false) throws -> AccessPolicy {
        try AccessPolicy.decode(Array(PolicyDocuments.policy(rules, account: account).utf8))
    }
}

extension SignInRequest {
    /// A sign-in that an access policy decides.
    static func governed(
        userVerification: UserVerificationRequirement = .none, mode: AssuranceMode = .warnThenBlock
    ) -> SignInRequest {
        var request = SignInRequest.fixture(userVerification: userVerification, assuranceMode: mode)
        request.policyID = "rstApp"
        return request
    }
}
