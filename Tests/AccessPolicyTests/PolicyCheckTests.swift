// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

@Suite struct PolicyCheckTests {
    private static let end = #"{"name":"end","system":true,"actions":{"appSignOn":{"access":"DENY"}}}"#

    private func findings(_ text: String) throws -> [PolicyFinding] {
        PolicyCheck(try PolicyDocument.decode(Array(text.utf8))).findings
    }

    private func codes(_ text: String) throws -> [String] { try findings(text).map(\.code) }

    private static func policy(_ rules: String..., resourceType: String = "APP") -> String {
        let rules = (rules + [end]).joined(separator: ",")
        return #"{"name":"p","id":"rst1","_embedded":{"resourceType":"\#(resourceType)","rules":[\#(rules)]}}"#
    }

    private static func rule(
        _ conditions: String, access: String = "ALLOW", name: String = "r", priority: Int = 1, method: String? = nil
    ) -> String {
        let verification = method.map { #","verificationMethod":\#($0)"# } ?? ""
        return #"""
            {"name":"\#(name)","priority":\#(priority),"conditions":\#(conditions),
             "actions":{"appSignOn":{"access":"\#(access)"\#(verification)}}}
            """#
    }

    @Test func findsNothingInWhatIsRight() throws {
        #expect(try codes(Self.policy(Self.rule(#"{"device":{"registered":true,"managed":true}}"#))) == [])
        let seed = String(decoding: try Vectors.bytes("seed/first-phishing-resistant-rule.json"), as: UTF8.self)
        #expect(try codes(seed) == [])
    }

    @Test(
        arguments: [
            (#"{"device":{"registered":false,"assurance":{"include":["dae1"]}}}"#, "contradiction"),
            (#"{"people":{"users":{"include":["a"],"exclude":["a"]}}}"#, "contradiction"),
            (#"{"people":{"groups":{"include":["a","b"],"exclude":["a"]}}}"#, "contradiction"),
            (#"{"userType":{"include":["a"],"exclude":["a"]}}"#, "contradiction"),
            (#"{"network":{"connection":"ANYWHERE","include":["a"]}}"#, "zones-not-asked"),
            (#"{"network":{"connection":"ZONE","include":["a"],"exclude":["a"]}}"#, "contradiction"),
            (#"{"platform":{"include":[{"type":"MOBILE"}],"exclude":[{"type":"MOBILE"}]}}"#, "contradiction"),
            (#"{"platform":{"include":[{"type":"OTHER","os":{"expression":"x"}}]}}"#, "undecidable"),
            (#"{"authContext":{"authType":"ANY"}}"#, "unknown-condition"),
            (#"{"elCondition":{"condition":"accessRequest.operation == 'enroll'"}}"#, "wrong-context"),
            (
                #"{"elCondition":{"condition":"user.id == 'a' || user.id == 'b' && user.status == 'ACTIVE'"}}"#,
                "expression-mixedAndOr"
            ),
            (
                #"{"elCondition":{"condition":"device.profile.platform == 'DESKTOP_OTHER'"}}"#,
                "platform-not-reported"
            ),
            (
                #"{"elCondition":{"condition":"device.profile.platform != 'MOBILE_OTHER'"}}"#, "platform-not-reported"
            ),
            (#"{"elCondition":{"condition":"1 + 1"}}"#, "expression-wrongResult"),
            (#"{"elCondition":{"condition":"user.id.explode()"}}"#, "expression-unknownFunction"),
        ] as [(String, String)])
    func findsWhatIsWrongWithConditions(conditions: String, code: String) throws {
        let found = try findings(Self.policy(Self.rule(conditions)))
        #expect(found.map(\.code).contains(code))
        #expect(found.first?.policy == "p (rst1)" && found.first?.rule == "r")
        #expect(found.allSatisfy { $0.text.contains("[\($0.code)]") && $0.json["code"] == .string($0.code) })
    }

    @Test func onlyWhatNeverMatchesIsAnError() throws {
        let never = try findings(Self.policy(Self.rule(#"{"people":{"users":{"include":["a"],"exclude":["a"]}}}"#)))
        #expect(never.map(\.severity) == [.error])
        let other = #"{"people":{"users":{"include":["a"],"exclude":["a"]},"groups":{"include":["g"]}}}"#
        #expect(try findings(Self.policy(Self.rule(other))).map(\.severity) == [.warning])
    }

    /// Linux is LINUX here, so that a rule that denies DESKTOP_OTHER would silently let Linux in.
    @Test func aPlatformThatNobodyReportsIsAnError() throws {
        let conditions = #"{"elCondition":{"condition":"device.profile.platform == 'DESKTOP_OTHER'"}}"#
        #expect(try findings(Self.policy(Self.rule(conditions, access: "DENY"))).map(\.severity) == [.error])
    }

    @Test func aZoneThatASignInCannotDecideIsTold() throws {
        let rule = Self.policy(Self.rule("{}"))
        func found(_ zone: String) throws -> [PolicyFinding] {
            try findings("[\(rule),\(zone)]").filter { $0.code == "undecidable-zone" }
        }
        #expect(try found(#"{"id":"z","name":"z","type":"DYNAMIC","asns":["1"]}"#).map(\.severity) == [.warning])
        let block = #"{"id":"z","name":"z","type":"DYNAMIC_V2","usage":"BLOCKLIST","asns":{"include":["1"]}}"#
        #expect(try found(block).map(\.severity) == [.error])
        #expect(try found(#"{"id":"z","name":"z","type":"IP"}"#).isEmpty)
        #expect(try found(#"{"id":"z","name":"z","type":"DYNAMIC"}"#).isEmpty)
        #expect(try found(#"{"id":"z","name":"z","type":"DYNAMIC","asns":["1"],"status":"INACTIVE"}"#).isEmpty)
    }

    @Test func anUnknownConditionIsWorseWhereItAllows() throws {
        let conditions = #"{"authContext":{"authType":"ANY"}}"#
        #expect(try findings(Self.policy(Self.rule(conditions))).map(\.severity) == [.error])
        #expect(try findings(Self.policy(Self.rule(conditions, access: "DENY"))).map(\.severity) == [.warning])
    }

    @Test func zonesAreLookedUpWhereThereAreAny() throws {
        let rule = Self.policy(Self.rule(#"{"network":{"connection":"ZONE","include":["nzo1","nzo2"]}}"#))
        #expect(try codes(rule) == [])
        let zones = #"{"id":"nzo1","name":"a","type":"IP"},{"id":"nzo2","name":"b","type":"IP","status":"INACTIVE"}"#
        #expect(try codes("[\(rule),\(zones)]") == ["inactive-zone"])
        #expect(try codes(#"[\#(rule),{"id":"nzo2","name":"b","type":"IP"}]"#) == ["unknown-zone"])
    }

    @Test(
        arguments: [
            (
                #"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"possession":{"methods":["SMS"],"phishingResistant":"REQUIRED"}}]}"#,
                "unsatisfiable"
            ),
            (
                #"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"possession":{"quantumSafe":"REQUIRED"}}]}"#,
                "unsatisfiable"
            ),
            (#"{"type":"ID_PROOFING","id":"x"}"#, "unsatisfiable"),
            (#"{"type":"TELEPATHY"}"#, "unsatisfiable"),
            (
                #"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"knowledge":{"types":["PASSWORD"]}}]}"#,
                "not-by-this-authenticator"
            ),
            (
                #"{"type":"AUTH_METHOD_CHAIN","chains":[{"authenticationMethods":[{"key":"okta_email","method":"email"}]}]}"#,
                "not-by-this-authenticator"
            ),
            (
                #"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"possession":{"authenticationMethods":[{"key":"okta_verify"},{"key":"pigeon"}]}}]}"#,
                "unknown-authenticator"
            ),
        ] as [(String, String)])
    func findsProofsThatNobodyCanMake(method: String, code: String) throws {
        #expect(try codes(Self.policy(Self.rule("{}", name: "x", method: method))).contains(code))
    }

    @Test(arguments: try VerificationVector.all())
    func aMethodThatIsSatisfiedIsNotCalledImpossible(vector: VerificationVector) throws {
        guard case .satisfied = vector.method.state(in: vector.context) else { return }
        let check = VerificationCheck(
            action: AppSignOnAction(access: .allow, verificationMethod: vector.method),
            offered: PolicyCheck.ownAuthenticators)
        #expect(!check.findings.contains { $0.code == "unsatisfiable" })
    }

    @Test func findsRulesThatNobodyReaches() throws {
        let wide = Self.rule(#"{"riskScore":{"level":"LOW"}}"#, name: "wide", priority: 1)
        let narrow = #"{"riskScore":{"level":"LOW"},"device":{"registered":true}}"#
        let found = try findings(Self.policy(wide, Self.rule(narrow, name: "narrow", priority: 2)))
        #expect(found.map(\.code) == ["unreachable-rule"] && found.first?.rule == "narrow")
        #expect(try codes(Self.policy(wide, Self.rule(narrow, access: "DENY", name: "narrow", priority: 2))) == [])
        let everybody = Self.rule("{}", name: "wide", priority: 1)
        #expect(
            try codes(Self.policy(everybody, Self.rule(narrow, access: "DENY", name: "narrow", priority: 2)))
                == ["unreachable-rule", "unreachable-rule"])
        let other = Self.rule(#"{"riskScore":{"level":"HIGH"}}"#, name: "narrow", priority: 2)
        #expect(try codes(Self.policy(wide, other)) == [])
    }

    @Test func findsWhatIsWrongWithPolicies() throws {
        #expect(try codes(#"{"name":"p"}"#) == ["policy-without-rules"])
        let noEnd = #"{"name":"p","rules":[\#(Self.rule(#"{"riskScore":{"level":"LOW"}}"#))]}"#
        #expect(try codes(noEnd) == ["no-catch-all"])
        let low = #"{"riskScore":{"level":"LOW"}}"#
        let high = #"{"riskScore":{"level":"HIGH"}}"#
        #expect(try codes(Self.policy(Self.rule(low), Self.rule(high, priority: 2))) == ["duplicate-name"])
        #expect(try codes(Self.policy(Self.rule(low), Self.rule(high, name: "s"))) == ["duplicate-priority"])
        let account = Self.policy(resourceType: "END_USER_ACCOUNT_MANAGEMENT")
        #expect(try codes("[\(account),\(account)]") == ["duplicate-id", "several-account-policies"])
    }
}
