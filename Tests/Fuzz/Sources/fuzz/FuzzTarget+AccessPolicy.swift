// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import AccessPolicy

extension FuzzTarget {
    /// Policies that administrators bring along, and what they are asked about.
    static let accessPolicyTargets: [String: Body] = [
        "access-policy": { input in
            guard let document = try? PolicyDocument.decode(input) else { return }
            for policy in document.policies {
                expect((try? AccessPolicy.decode(policy.json.bytes)) == policy, "a policy is read as it was written")
            }
            for rule in document.rules {
                expect((try? AccessPolicyRule.decode(rule.json.bytes)) == rule, "a rule is read as it was written")
                guard let method = rule.action.verificationMethod else { continue }
                let state = method.state(in: VerificationContext(now: 0))
                if case .due(let demand) = state {
                    expect(demand.use == VerificationContext.ownAuthenticator, "what is asked for is offered")
                }
            }
            for zone in document.zones {
                expect((try? NetworkZone.decode(zone.json.bytes)) == zone, "a zone is read as it was written")
            }
            _ = PolicyCheck(document).findings
            let evaluator = AccessPolicyEvaluator(policies: document.policiesWithRules, zones: document.zones)
            for account in [nil, AccessRequest.AccountChange(.enroll)] {
                var request = AccessRequest(now: 0)
                request.account = account
                let trace = evaluator.trace(request)
                _ = PolicyExplanation(trace).text
                guard let rule = trace.decision.rule, trace.decision.access == .allow else { continue }
                let deciding = trace.policies.flatMap(\.rules).first { $0.reference == rule && $0.isDeciding }
                expect(deciding?.status == .match, "what lets somebody in matches")
            }
            let policies = document.passwordPoliciesWithRules
            let passwords = PasswordPolicyEvaluator(policies: policies, zones: document.zones)
            for operation in [AccountOperation.recover, .unlockAccount] {
                let recovery = RecoveryDecision(
                    operation, AccessRequest(now: 0), passwords: passwords, accounts: evaluator)
                expect(recovery.access == .deny || !policies.isEmpty, "without a policy nobody recovers anything")
                expect(recovery.json["access"]?.string == recovery.access.rawValue, "what is answered is decided")
            }
        },
        "access-request": { input in
            guard let request = try? AccessRequest.decode(input) else { return }
            let zone = NetworkZone(
                metadata: PolicyMetadata(id: "z", name: "z"), kind: .addresses(AddressZone(gateways: [])))
            var rule = AccessPolicyRule(metadata: PolicyMetadata(name: "r"), action: AppSignOnAction(access: .allow))
            rule.conditions.network = NetworkCondition(connection: .zone, zones: Inclusion(exclude: ["z"]))
            let policy = AccessPolicy(metadata: PolicyMetadata(name: "p"), rules: [rule])
            _ = AccessPolicyEvaluator(policies: [policy], zones: [zone]).evaluate(request)
        },
        "ip-address": { input in
            let text = String(decoding: input, as: UTF8.self)
            for range in [IPAddressRange(cidr: text), IPAddressRange(range: text)].compactMap(\.self) {
                expect(range.first <= range.last, "a range has its ends in order")
                expect(range.contains(range.first) && range.contains(range.last), "a range has its ends")
            }
        },
    ]
}
