// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

/// A generator whose numbers are the same every time.
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// What holds for all rules and requests, shown on those of the vectors, put together at random.
@Suite struct PolicyPropertyTests {
    /// Takes away one fact that is known.
    private static let forgetting: [@Sendable (inout AccessRequest) -> Void] = [
        { $0.user = nil }, { $0.user?.id = nil }, { $0.user?.groups = nil }, { $0.user?.type = nil },
        { $0.user?.profile = [:] }, { $0.device.registered = nil }, { $0.device.managed = nil },
        { $0.device.type = nil }, { $0.device.system = nil }, { $0.device.systemVersion = nil },
        { $0.device.profile = [:] }, { $0.device.assurance = [:] }, { $0.device.screenLockType = nil },
        { $0.device.providers = [:] }, { $0.network.addresses = [] }, { $0.network.zones = [:] },
        { $0.network.location = nil }, { $0.network.autonomousSystem = nil }, { $0.network.proxy = nil },
        { $0.network.serviceCategories = nil }, { $0.risk.level = nil }, { $0.risk.behaviors = nil },
        { $0.session.methods = nil }, { $0.loginIdentifier = nil }, { $0.account?.authenticatorKey = nil },
        { $0.account?.metadataType = nil },
    ]

    /// All that vectors say of one part, mixed: each part of the request is that of another vector.
    private func request(_ numbers: inout Numbers) throws -> AccessRequest {
        func any() throws -> AccessRequest { try ConditionVector.all().randomElement(using: &numbers)!.request }
        var request = try any()
        request.user = try any().user
        request.network = try any().network
        request.risk = try any().risk
        request.device.assurance = try any().device.assurance
        request.account = nil
        // What is not registered is not managed; a request that says otherwise contradicts itself.
        if request.device.registered == false { request.device.managed = false }
        return request
    }

    private func conditions(_ numbers: inout Numbers) throws -> RuleConditions {
        try ConditionVector.all().randomElement(using: &numbers)!.rule(.allow).conditions
    }

    /// The conditions of both, where they are of different kinds.
    private func both(_ left: RuleConditions, _ right: RuleConditions) -> RuleConditions {
        var both = left
        both.people = left.people ?? right.people
        both.userType = left.userType ?? right.userType
        both.network = left.network ?? right.network
        both.device = left.device ?? right.device
        both.platform = left.platform ?? right.platform
        both.riskScore = left.riskScore ?? right.riskScore
        both.expression = left.expression ?? right.expression
        both.unrecognized += right.unrecognized
        return both
    }

    private func access(_ conditions: RuleConditions, _ access: PolicyAccess, _ request: AccessRequest) throws
        -> PolicyAccess
    {
        let catchAll = AccessPolicyRule(
            metadata: PolicyMetadata(name: "catch-all", isSystem: true),
            action: AppSignOnAction(access: access == .allow ? .deny : .allow))
        let rule = AccessPolicyRule(
            metadata: PolicyMetadata(name: "rule", priority: 1), conditions: conditions,
            action: AppSignOnAction(access: access))
        return try AccessPolicyEvaluator([rule, catchAll], for: request).evaluate(request).access
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func aConditionMoreNeverLetsMoreIn(seed: UInt64) throws {
        var numbers = Numbers(state: seed)
        for _ in 0..<100 {
            let request = try request(&numbers)
            let fewer = try conditions(&numbers)
            let more = both(fewer, try conditions(&numbers))
            if try access(more, .allow, request) == .allow { #expect(try access(fewer, .allow, request) == .allow) }
            // With a rule that denies it is the other way round: it denies fewer.
            if try access(more, .deny, request) == .deny { #expect(try access(fewer, .deny, request) == .deny) }
        }
    }

    /// To forget a fact never turns no into yes, whether a rule allows or denies. Expressions are left out: they may ask
    /// whether something is known.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func whatIsNotKnownNeverLetsInWhatIsKeptOut(seed: UInt64) throws {
        var numbers = Numbers(state: seed &+ 1000)
        for _ in 0..<30 {
            let request = try request(&numbers)
            var conditions = both(try conditions(&numbers), try conditions(&numbers))
            conditions.expression = nil
            for access in PolicyAccess.allCases where try self.access(conditions, access, request) == .deny {
                for forget in Self.forgetting {
                    var less = request
                    forget(&less)
                    #expect(
                        try self.access(conditions, access, less) == .deny, Comment(rawValue: conditions.json.text()))
                }
            }
        }
    }

    /// The quick way and the thorough way come to the same.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func tracesAndDecisionsAgree(seed: UInt64) throws {
        var numbers = Numbers(state: seed &+ 2000)
        for _ in 0..<50 {
            let request = try request(&numbers)
            let rules = try (1...4).map { (priority: Int) in
                AccessPolicyRule(
                    metadata: PolicyMetadata(name: "rule \(priority)", priority: priority),
                    conditions: try conditions(&numbers),
                    action: AppSignOnAction(access: Bool.random(using: &numbers) ? .allow : .deny))
            }
            let trace = try AccessPolicyEvaluator(rules, for: request).trace(request)
            let deciding = trace.policies.flatMap(\.rules).first(where: \.isDeciding)
            #expect(deciding?.reference == trace.decision.rule)
            #expect((deciding?.access ?? .deny) == trace.decision.access)
        }
    }

    /// A rule that the check takes for unreachable never decides.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func whatIsCalledUnreachableNeverDecides(seed: UInt64) throws {
        var numbers = Numbers(state: seed &+ 3000)
        var hidden = 0
        for _ in 0..<100 {
            let wide = try conditions(&numbers)
            let both = both(wide, try conditions(&numbers))
            let rules = [wide, both].enumerated().map { index, conditions in
                AccessPolicyRule(
                    metadata: PolicyMetadata(id: "\(index)", name: "rule \(index)", priority: index),
                    conditions: conditions,
                    action: AppSignOnAction(access: Bool.random(using: &numbers) ? .allow : .deny))
            }
            guard !RuleReach.unreachable(rules, in: "policy").isEmpty else { continue }
            hidden += 1
            for _ in 0..<8 {
                let request = try request(&numbers)
                #expect(try AccessPolicyEvaluator(rules, for: request).evaluate(request).rule?.id != "1")
            }
        }
        #expect(hidden > 20)
    }
}
