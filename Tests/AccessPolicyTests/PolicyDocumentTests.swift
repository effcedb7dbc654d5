// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

@Suite struct PolicyDocumentTests {
    private static func rule(
        _ conditions: String = "{}", _ action: String = #"{"access":"ALLOW"}"#
    ) -> String {
        #"{"name":"r","type":"ACCESS_POLICY","conditions":\#(conditions),"actions":{"appSignOn":\#(action)}}"#
    }

    private static func method(_ method: String) -> String {
        rule("{}", #"{"access":"ALLOW","verificationMethod":\#(method)}"#)
    }

    /// What is wrong, and where.
    @Test(
        arguments: [
            ("", "$"), ("[", "$"), ("nonsense", "$"), (#"{"a":1,"a":2}"#, "$"), ("[1]", "$[0]"),
            (#"{"name":"p","type":"OKTA_SIGN_ON"}"#, "$.type"), (#"{"type":"ACCESS_POLICY"}"#, "$"),
            (#"{"name":"","type":"ACCESS_POLICY"}"#, "$.name"), (#"{"name":7}"#, "$.name"),
            (#"{"name":"p","status":"MAYBE"}"#, "$.status"), (#"{"name":"p","status":"actıve"}"#, "$.status"),
            (#"{"name":"p","priority":"1"}"#, "$.priority"),
            (#"{"name":"p","priority":-9223372036854775808}"#, "$.priority"),
            (#"{"name":"p","priority":1.5}"#, "$.priority"), (#"{"name":"p","system":"yes"}"#, "$.system"),
            (#"{"name":"p","conditions":{"people":{}}}"#, "$.conditions"),
            (#"{"name":"p","_embedded":{"resourceType":"ORG"}}"#, "$._embedded.resourceType"),
            (#"{"name":"p","rules":[],"_embedded":{"rules":[]}}"#, "$.rules"),
            (#"{"name":"p","_embedded":{"rules":[{"name":"r"}]}}"#, "$._embedded.rules[0]"),
            (#"{"name":"r","actions":{}}"#, "$.actions"),
            (#"{"name":"r","actions":{"appSignOn":{"access":"PERHAPS"}}}"#, "$.actions.appSignOn.access"),
            (#"{"name":"r","actions":{"appSignOn":{}}}"#, "$.actions.appSignOn"),
            (rule("[]"), "$.conditions"), (rule(#"{"people":[]}"#), "$.conditions.people"),
            (rule(#"{"people":{"users":{"include":"u"}}}"#), "$.conditions.people.users.include"),
            (rule(#"{"people":{"users":{"include":["a",7]}}}"#), "$.conditions.people.users.include[1]"),
            (rule(#"{"people":{"users":{"only":["a"]}}}"#), "$.conditions.people.users"),
            (rule(#"{"network":{}}"#), "$.conditions.network"),
            (rule(#"{"network":{"connection":"NEARBY"}}"#), "$.conditions.network.connection"),
            (rule(#"{"network":{"connection":"ZONE"}}"#), "$.conditions.network"),
            (
                rule(#"{"network":{"connection":"ZONE","include":["ALL_ZONES","nzo1"]}}"#),
                "$.conditions.network.include"
            ),
            (rule(#"{"device":{"registered":"maybe"}}"#), "$.conditions.device.registered"),
            (rule(#"{"device":{"managed":true}}"#), "$.conditions.device"),
            (rule(#"{"device":{"registered":false,"managed":false}}"#), "$.conditions.device"),
            (rule(#"{"device":{"assurance":["dae1"]}}"#), "$.conditions.device.assurance"),
            (rule(#"{"platform":{"include":[{"type":"FRIDGE"}]}}"#), "$.conditions.platform.include[0].type"),
            (rule(#"{"platform":{"include":[{"os":{"type":"OS2"}}]}}"#), "$.conditions.platform.include[0].os.type"),
            (
                rule(#"{"platform":{"include":[{"os":{"version":{"value":"1"}}}]}}"#),
                "$.conditions.platform.include[0].os.version"
            ),
            (rule(#"{"platform":{"include":[{}]}}"#), "$.conditions.platform.include[0]"),
            (
                rule(#"{"platform":{"include":[{"type":"DESKTOP","model":"x"}]}}"#),
                "$.conditions.platform.include[0]"
            ),
            (
                rule(#"{"platform":{"include":[{"os":{"type":"LINUX","edition":"x"}}]}}"#),
                "$.conditions.platform.include[0].os"
            ),
            (
                rule(#"{"platform":{"include":[{"os":{"version":{"matchType":"SEMVER","value":"1","least":"2"}}}]}}"#),
                "$.conditions.platform.include[0].os.version"
            ),
            (rule(#"{"riskScore":{}}"#), "$.conditions.riskScore"),
            (rule(#"{"riskScore":{"level":"LOW","provider":"x"}}"#), "$.conditions.riskScore"),
            (rule(#"{"elCondition":{"condition":"true","language":"x"}}"#), "$.conditions.elCondition"),
            (rule(#"{"riskScore":{"level":"EXTREME"}}"#), "$.conditions.riskScore.level"),
            (rule(#"{"elCondition":{"expression":"true"}}"#), "$.conditions.elCondition"),
            (rule(#"{"elCondition":{"condition":"a =="}}"#), "$.conditions.elCondition.condition"),
            (rule(#"{"elCondition":{"condition":"user.id = 'x'"}}"#), "$.conditions.elCondition.condition"),
            (method(#"{"type":"ASSURANCE","factorMode":"3FA"}"#), "$.actions.appSignOn.verificationMethod.factorMode"),
            (
                method(#"{"type":"ASSURANCE","factorMode":"1FA","reauthenticateIn":"2 hours"}"#),
                "$.actions.appSignOn.verificationMethod.reauthenticateIn"
            ),
            (
                method(#"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"knowledge":{},"possession":{}}]}"#),
                "$.actions.appSignOn.verificationMethod.constraints[0]"
            ),
            (
                method(
                    #"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"possession":{"phishingResistant":"YES"}}]}"#
                ),
                "$.actions.appSignOn.verificationMethod.constraints[0].possession.phishingResistant"
            ),
            (
                method(
                    #"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"possession":{"userVerificationMethods":["PIN"]}}]}"#
                ),
                "$.actions.appSignOn.verificationMethod.constraints[0].possession.userVerificationMethods"
            ),
            (
                method(
                    #"{"type":"ASSURANCE","factorMode":"1FA","constraints":[{"possession":{"authenticationMethods":[{"method":"sms"}]}}]}"#
                ),
                "$.actions.appSignOn.verificationMethod.constraints[0].possession.authenticationMethods[0]"
            ),
            (method(#"{"factorMode":"2FA"}"#), "$.actions.appSignOn.verificationMethod"),
            (method(#"{"type":"ASSURANCE"}"#), "$.actions.appSignOn.verificationMethod"),
            (method(#"{"type":"AUTH_METHOD_CHAIN"}"#), "$.actions.appSignOn.verificationMethod"),
            (
                method(#"{"type":"AUTH_METHOD_CHAIN","factorMode":"2FA","chains":[\#(step)]}"#),
                "$.actions.appSignOn.verificationMethod"
            ),
            (
                method(
                    #"{"type":"AUTH_METHOD_CHAIN","chains":[{"authenticationMethods":[{"key":"okta_verify"}],"unless":1}]}"#
                ),
                "$.actions.appSignOn.verificationMethod.chains[0]"
            ),
            (
                method(
                    #"{"type":"AUTH_METHOD_CHAIN","chains":[{"authenticationMethods":[{"key":"okta_verify"}],"next":"#
                        + #"[{"authenticationMethods":[{"key":"okta_verify"}],"reauthenticateIn":"PT0S"}]}]}"#),
                "$.actions.appSignOn.verificationMethod.chains[0].next[0]"
            ),
            (method(#"{"type":"AUTH_METHOD_CHAIN","chains":[]}"#), "$.actions.appSignOn.verificationMethod.chains"),
            (
                method(#"{"type":"AUTH_METHOD_CHAIN","chains":[{"authenticationMethods":[]}]}"#),
                "$.actions.appSignOn.verificationMethod.chains[0].authenticationMethods"
            ),
            (#"{"name":"z","type":"IP","gateways":[{"type":"CIDR","value":"192.0.2.0/33"}]}"#, "$.gateways[0].value"),
            (#"{"name":"z","type":"IP","gateways":[{"type":"RANGE","value":"192.0.2.9-1"}]}"#, "$.gateways[0].value"),
            (#"{"name":"z","type":"IP","gateways":[{"type":"HOST","value":"a"}]}"#, "$.gateways[0].type"),
            (#"{"name":"z","type":"DYNAMIC","proxyType":"Nice"}"#, "$.proxyType"),
            (#"{"name":"z","type":"DYNAMIC_V2","asns":["1"]}"#, "$.asns"),
            (#"{"name":"z","type":"DYNAMIC","locations":[{"region":"X"}]}"#, "$.locations[0]"),
            (#"{"name":"z","type":"DYNAMIC","locations":[{"country":"DE","city":"X"}]}"#, "$.locations[0]"),
            (#"{"name":"z","type":"DYNAMIC_V2","locations":[{"country":"DE"}]}"#, "$.locations"),
            (#"{"name":"z","type":"DYNAMIC_V2","locations":{"only":[{"country":"DE"}]}}"#, "$.locations"),
            (#"{"name":"z","type":"IP","hosts":["a"]}"#, "$"),
            (
                #"{"name":"z","type":"IP","gateways":[{"type":"CIDR","value":"192.0.2.0/24","except":"x"}]}"#,
                "$.gateways[0]"
            ),
            (#"{"name":"w","type":"PASSWORD","actions":{"passwordChange":{}}}"#, "$.actions.passwordChange"),
        ] as [(String, String)])
    func whatIsWrongIsToldWithItsPlace(document: String, path: String) {
        let error = #expect(throws: PolicyDocumentError.self) { try PolicyDocument.decode(Array(document.utf8)) }
        #expect(error?.path == path)
        #expect(error.map { "\($0)".hasPrefix("\(path): ") } == true)
    }

    private static let step = #"{"authenticationMethods":[{"key":"okta_verify","method":"signed_nonce"}]}"#

    private static func nested(_ depth: Int) -> String {
        (1..<depth).reduce(step) { inner, _ in
            #"{"authenticationMethods":[{"key":"okta_verify","method":"signed_nonce"}],"next":[\#(inner)]}"#
        }
    }

    @Test func chainsHaveBounds() throws {
        func chains(_ list: [String]) -> [UInt8] {
            Array(Self.method(#"{"type":"AUTH_METHOD_CHAIN","chains":[\#(list.joined(separator: ","))]}"#).utf8)
        }
        #expect(throws: Never.self) { try PolicyDocument.decode(chains(Array(repeating: Self.step, count: 5))) }
        #expect(throws: PolicyDocumentError.self) {
            try PolicyDocument.decode(chains(Array(repeating: Self.step, count: 6)))
        }
        #expect(throws: Never.self) { try PolicyDocument.decode(chains([Self.nested(3)])) }
        let error = #expect(throws: PolicyDocumentError.self) { try PolicyDocument.decode(chains([Self.nested(4)])) }
        #expect(error?.path == "$.actions.appSignOn.verificationMethod.chains[0].next[0].next[0].next[0]")
        let twice = #"{"authenticationMethods":[{"key":"okta_verify"}],"reauthenticateIn":"PT1H"}"#
        #expect(throws: PolicyDocumentError.self) {
            try PolicyDocument.decode(
                Array(
                    Self.method(
                        #"{"type":"AUTH_METHOD_CHAIN","reauthenticateIn":"PT1H","chains":[\#(twice)]}"#
                    ).utf8))
        }
    }

    @Test func aZoneHasABoundOfAddresses() throws {
        func zone(_ count: Int) -> [UInt8] {
            let entries = Array(repeating: #"{"type":"CIDR","value":"192.0.2.0/24"}"#, count: count)
            return Array(#"{"name":"z","type":"IP","gateways":[\#(entries.joined(separator: ","))]}"#.utf8)
        }
        #expect(try PolicyDocument.decode(zone(150)).zones.count == 1)
        #expect(throws: PolicyDocumentError.self) { try PolicyDocument.decode(zone(151)) }
    }

    @Test func aZoneThatSaysTwoThingsIsRefused() throws {
        func zone(_ more: String) throws -> NetworkZone {
            try NetworkZone.decode(Array(#"{"name":"DefaultExemptIpZone","type":"IP"\#(more)}"#.utf8))
        }
        for told in [
            #","useAsBlackList":false"#, #","usage":"BLOCKLIST","useAsBlackList":true"#, #","useAsExemptList":false"#,
            #","system":true,"useAsExemptList":true"#,
        ] { #expect(try zone(told).metadata.name == "DefaultExemptIpZone") }
        // It would keep nobody out, and exempt nobody.
        for (told, path) in [
            (#","useAsBlackList":true"#, "$.useAsBlackList"), (#","useAsExemptList":true"#, "$.useAsExemptList"),
        ] {
            let error = #expect(throws: PolicyDocumentError.self) { try zone(told) }
            #expect(error?.path == path)
        }
    }

    @Test func documentsAreToldApart() throws {
        let text = """
            [{"name":"p"},\(Self.rule()),{"name":"z","type":"IP"},
             {"name":"w","type":"PASSWORD","actions":{}},
             {"name":"pp","type":"PASSWORD","_embedded":{"rules":[{"name":"w2","type":"PASSWORD","actions":{}}]}}]
            """
        let document = try PolicyDocument.decode(Array(text.utf8))
        #expect(document.policies.map(\.metadata.name) == ["p"] && document.rules.map(\.metadata.name) == ["r"])
        #expect(document.zones.map(\.typeName) == ["IP"])
        #expect(document.passwordPoliciesWithRules.flatMap(\.rules).map(\.metadata.name) == ["w2", "w"])
        #expect(document.policiesWithRules.map(\.rules.count) == [0, 1, 1])
    }

    @Test func rulesAreReadWhereOktaPutsThemAndWherePeopleDo() throws {
        for text in [
            #"{"name":"p","_embedded":{"rules":[\#(Self.rule())]}}"#, #"{"name":"p","rules":[\#(Self.rule())]}"#,
        ] {
            let policy = try AccessPolicy.decode(Array(text.utf8))
            #expect(policy.rules.map(\.metadata.name) == ["r"] && policy.resourceType == .app)
            #expect(try AccessPolicy.decode(policy.json.bytes) == policy)
        }
    }

    @Test func zonesSurviveTheWayThroughJSON() throws {
        for zone in try Vectors.zones() { #expect(try NetworkZone.decode(zone.json.bytes) == zone) }
    }

    @Test func whatIsNotKnownInConditionsIsKept() throws {
        let text = #"{"authContext":{"authType":"ANY"},"device":{"registered":true,"trust":1,"assurance":{"x":[1]}}}"#
        let rule = try AccessPolicyRule.decode(Array(Self.rule(text).utf8))
        #expect(rule.conditions.unrecognizedNames == ["authContext", "device.trust", "device.assurance.x"])
        #expect(rule.json["conditions"]?["authContext"]?["authType"] == .string("ANY"))
        #expect(try AccessPolicyRule.decode(rule.json.bytes) == rule)
    }

    @Test func theMetadataOfARuleArePreserved() throws {
        let text = """
            {"id":"rul1","name":"r","type":"ACCESS_POLICY","status":"INACTIVE","priority":0,"system":"true",\
            "created":"2024-01-01T00:00:00.000Z","lastUpdated":"2024-02-01T00:00:00.000Z","_links":{"self":{"href":"x"}},\
            "initialMode":false,"actions":{"appSignOn":{"access":"deny",\
            "keepMeSignedIn":{"postAuth":"ALLOWED","postAuthPromptFrequency":"P30D"}}}}
            """
        let json = try AccessPolicyRule.decode(Array(text.utf8)).json
        for (name, value) in [
            ("id", JSONValue.string("rul1")), ("status", .string("INACTIVE")), ("priority", .integer(0)),
            ("system", .boolean(true)), ("created", .string("2024-01-01T00:00:00.000Z")),
            ("lastUpdated", .string("2024-02-01T00:00:00.000Z")),
        ] {
            #expect(json[name] == value)
        }
        #expect(json["_links"]?["self"]?["href"] == .string("x"))
        #expect(json["initialMode"] == nil)
        #expect(json["actions"]?["appSignOn"]?["keepMeSignedIn"]?["postAuthPromptFrequency"] == .string("P30D"))
    }
}
