// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DevicePosture

/// What a ruleset does to strangers.
@Suite struct FirewallVerdictTests {
    private typealias S = Statement

    private func judge(
        _ bytes: [UInt8], interfaces: [String] = ["eth0"], hasIPv6: Bool = true
    ) throws -> FirewallVerdict {
        FirewallVerdict(
            judging: try #require(NftablesRuleset(parsing: bytes)), interfaces: interfaces, hasIPv6: hasIPv6)
    }

    private func isOn(_ rules: String..., policy: String = "accept") throws -> Bool? {
        try judge(RulesetText.inet(policy: policy, rules)).isOn
    }

    @Test func policyThatDropsIsOn() throws {
        #expect(try isOn(S.established, S.loopback, policy: "drop") == true)
    }

    @Test(arguments: [Statement.drop, Statement.reject])
    func ruleThatDropsTheRestIsOn(last: String) throws {
        #expect(try isOn(S.established, S.loopback, last) == true)
    }

    @Test func tableThatAcceptsEverythingIsOff() throws {
        #expect(try isOn() == false)
        #expect(try judge(RulesetText().bytes).isOn == false)
    }

    @Test func chainThatIsOnlyCalledInputIsOff() throws {
        var text = RulesetText()
        text.table("inet", "filter")
        text.chain("inet", "filter", "input")
        text.rule("inet", "filter", "input", S.drop)
        #expect(try judge(text.bytes).isOn == false)
    }

    @Test(arguments: ["forward", "output", "prerouting"])
    func chainAtAnotherHookIsOff(hook: String) throws {
        var text = RulesetText()
        text.table("inet", "filter")
        text.chain("inet", "filter", "input", hook: hook, policy: "drop")
        #expect(try judge(text.bytes).isOn == false)
    }

    @Test func acceptingEverythingBeforeTheEndIsOff() throws {
        #expect(try isOn(S.accept, S.drop, policy: "drop") == false)
        #expect(try isOn(S.xt("match", "comment") + ", " + S.accept, policy: "drop") == false)
    }

    @Test func oneFamilyAloneIsOffAndTold() throws {
        var text = RulesetText()
        text.table("ip", "filter")
        text.chain("ip", "filter", "INPUT", hook: "input", policy: "drop")
        let verdict = try judge(text.bytes)
        #expect(verdict.isOn == false)
        #expect(verdict.evidence.contains { $0.hasPrefix("IPv6: not covered") })
        #expect(try judge(text.bytes, hasIPv6: false).isOn == true)
        text.table("ip6", "filter")
        text.chain("ip6", "filter", "INPUT", hook: "input", policy: "drop")
        #expect(try judge(text.bytes).isOn == true)
    }

    @Test func oneTransportAloneIsOff() throws {
        let verdict = try judge(RulesetText.inet([S.match(S.meta("l4proto"), "==", "\"tcp\"") + ", " + S.drop]))
        #expect(verdict.isOn == false)
        #expect(verdict.evidence.contains("IPv4: not covered (udp by eth0)"))
    }

    @Test func anInterfaceThatIsTrustedIsOff() throws {
        let rules = RulesetText.inet(
            policy: "drop", [S.match(S.meta("iifname"), "==", "\"wlan*\"") + ", " + S.accept])
        #expect(try judge(rules).isOn == true)
        #expect(try judge(rules, interfaces: ["eth0", "wlan0"]).isOn == false)
    }

    @Test func bridgesOfContainersMayBeTrusted() throws {
        #expect(try isOn(S.match(S.meta("iifname"), "==", "\"docker0\"") + ", " + S.accept, policy: "drop") == true)
    }

    /// Conditions that hold for strangers, so that accepting on them lets everything in.
    @Test(
        arguments: [
            Statement.match(Statement.payload("ip", "saddr"), "==", #"{"prefix": {"addr": "0.0.0.0", "len": 0}}"#),
            Statement.match(Statement.payload("tcp", "dport"), "==", #"{"range": [1, 65535]}"#),
            Statement.match(Statement.payload("th", "dport"), "!=", "22"),
            Statement.match(
                Statement.payload("tcp", "dport"), "==", #"{"set": [{"range": [0, 40000]}, {"range": [40001, 65535]}]}"#
            ),
            Statement.match(Statement.payload("tcp", "dport"), "==", #""@wide""#),
            Statement.match(Statement.ct("state"), "in", #"["new", "established"]"#),
            Statement.match(Statement.ct("state"), "==", #"{"set": ["new"]}"#),
            Statement.match(Statement.ct("state"), "!=", #""invalid""#),
            Statement.match(Statement.meta("iifname"), "!=", #""lo""#),
            Statement.match(Statement.meta("l4proto"), "==", #"{"set": ["tcp", "udp"]}"#),
            Statement.match(Statement.meta("l4proto"), "==", "6"),
            Statement.match(Statement.payload("ip", "protocol"), "==", #""tcp""#),
            Statement.match(Statement.payload("ip", "daddr"), "==", #""192.0.2.7""#),
            Statement.match(Statement.meta("nfproto"), "==", #""ipv4""#),
            Statement.match(Statement.meta("pkttype"), "==", #""host""#),
            Statement.match(#"{"fib": {"result": "type", "flags": ["daddr"]}}"#, "==", #""local""#),
            Statement.match(
                #"{"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, ["fin", "syn", "rst", "ack"]]}"#, "==",
                #""syn""#),
            #"{"limit": {"rate": 5, "burst": 5, "per": "second"}}"#,
        ])
    func conditionThatHoldsForStrangersLetsThemIn(condition: String) throws {
        var text = RulesetText()
        text.table("inet", "filter")
        text.set("set", "inet", "filter", "wide", #"[{"range": [2, 65535]}]"#)
        text.chain("inet", "filter", "input", hook: "input", policy: "drop")
        text.rule("inet", "filter", "input", condition, S.accept)
        #expect(try judge(text.bytes).isOn == false)
    }

    /// Conditions that do not hold for strangers, so that dropping on them leaves the rest open.
    @Test(
        arguments: [
            Statement.match(Statement.payload("tcp", "dport"), "==", "23"),
            Statement.match(Statement.payload("tcp", "dport"), "==", #"{"range": [1024, 40000]}"#),
            Statement.match(Statement.payload("ip", "saddr"), "==", #"{"prefix": {"addr": "10.0.0.0", "len": 8}}"#),
            Statement.match(Statement.payload("ip", "saddr"), "==", #""@bad""#),
            Statement.match(Statement.ct("state"), "in", #""invalid""#),
            Statement.match(Statement.meta("l4proto"), "==", #"{"set": ["icmp", "ipv6-icmp"]}"#),
            Statement.match(Statement.payload("icmp", "type"), "==", #""echo-request""#),
            Statement.match(Statement.payload("ip", "daddr"), "==", #""224.0.0.251""#),
            #"{"limit": {"rate": 5, "burst": 5, "per": "second", "inv": true}}"#,
            #"{"ct count": {"val": 10, "inv": true}}"#,
        ])
    func conditionThatFailsForStrangersKeepsNoneOut(condition: String) throws {
        var text = RulesetText()
        text.table("inet", "filter")
        text.set("set", "inet", "filter", "bad", #"["192.0.2.1"]"#)
        text.chain("inet", "filter", "input", hook: "input")
        text.rule("inet", "filter", "input", condition, S.drop)
        #expect(try judge(text.bytes).isOn == false)
        text = RulesetText()
        text.table("inet", "filter")
        text.set("set", "inet", "filter", "bad", #"["192.0.2.1"]"#)
        text.chain("inet", "filter", "input", hook: "input", policy: "drop")
        text.rule("inet", "filter", "input", condition, S.accept)
        #expect(try judge(text.bytes).isOn == true)
    }

    @Test func hiddenConditionsAreToldAndNeverAGuess() throws {
        let conntrack = S.xt("match", "conntrack")
        let accepting = try judge(RulesetText.inet(policy: "drop", [conntrack + ", " + S.accept]))
        #expect(accepting.isOn == true)
        #expect(accepting.evidence.contains { $0.contains("does not show (conntrack)") })
        let dropping = try judge(RulesetText.inet([conntrack + ", " + S.drop]))
        #expect(dropping.isOn == nil)
        #expect(dropping.reason?.contains("input") == true)
        #expect(try isOn(S.match("{\"meta\": {\"key\": \"mark\"}}", "==", "1") + ", " + S.drop) == nil)
    }

    @Test func queueIsUndecidedButASecondChainDecides() throws {
        let queue = #"{"queue": {"num": 0, "flags": "bypass"}}"#
        #expect(try isOn(queue, policy: "drop") == nil)
        var text = RulesetText()
        for name in ["first", "second"] {
            text.table("inet", name)
            text.chain("inet", name, "input", hook: "input", policy: name == "first" ? "accept" : "drop")
        }
        text.rule("inet", "first", "input", queue)
        #expect(try judge(text.bytes).isOn == true)
    }

    @Test func jumpsReturnAndGotosDoNot() throws {
        func build(_ verb: String) throws -> Bool? {
            var text = RulesetText()
            text.table("inet", "f")
            text.chain("inet", "f", "in", hook: "input")
            text.chain("inet", "f", "zone")
            text.rule("inet", "f", "in", "{\"\(verb)\": {\"target\": \"zone\"}}")
            text.rule("inet", "f", "in", S.drop)
            text.rule("inet", "f", "zone", #"{"return": null}"#)
            return try judge(text.bytes).isOn
        }
        #expect(try build("jump") == true)
        #expect(try build("goto") == false)
    }

    @Test func chainsThatCallEachOtherEnd() throws {
        var text = RulesetText()
        text.table("inet", "f")
        text.chain("inet", "f", "in", hook: "input", policy: "drop")
        for (from, to) in [("in", "a"), ("a", "b"), ("b", "a")] {
            if from != "in" { text.chain("inet", "f", from) }
            text.rule("inet", "f", from, "{\"jump\": {\"target\": \"\(to)\"}}")
            text.rule("inet", "f", from, "{\"jump\": {\"target\": \"\(to)\"}}")
        }
        #expect(try judge(text.bytes).isOn == nil)
        text = RulesetText()
        text.chain("inet", "f", "in", hook: "input", policy: "drop")
        text.rule("inet", "f", "in", #"{"jump": {"target": "nowhere"}}"#)
        #expect(try judge(text.bytes).isOn == nil)
    }

    @Test func aTableThatSleepsDoesNotCount() throws {
        func build(_ flags: String) throws -> Bool? {
            var text = RulesetText()
            text.table("inet", "f", flags: flags)
            text.chain("inet", "f", "in", hook: "input", policy: "drop")
            return try judge(text.bytes).isOn
        }
        #expect(try build(#""dormant""#) == false)
        #expect(try build(#"["owner", "dormant"]"#) == false)
        #expect(try build(#"["owner", "persist"]"#) == true)
        // nft 1.0.6 prints the table's name where the flags should stand.
        #expect(try build(#""f""#) == nil)
    }

    @Test func verdictMapsLeadOn() throws {
        func build(_ interface: String) throws -> Bool? {
            var text = RulesetText()
            text.table("inet", "f")
            text.set("map", "inet", "f", "zones", #"[["eth0", {"goto": {"target": "home"}}], ["*", {"drop": null}]]"#)
            text.chain("inet", "f", "in", hook: "input", policy: "drop")
            text.chain("inet", "f", "home")
            text.rule(
                "inet", "f", "in",
                #"{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["established", {"accept": null}], ["invalid", {"drop": null}]]}}}"#
            )
            text.rule("inet", "f", "in", #"{"vmap": {"key": {"meta": {"key": "iifname"}}, "data": "@zones"}}"#)
            text.rule("inet", "f", "home", S.accept)
            return try judge(text.bytes, interfaces: [interface]).isOn
        }
        #expect(try build("eth0") == false)
        #expect(try build("eth1") == true)
    }

    @Test(
        arguments: [
            ("ufw", true), ("firewalld-public", true), ("firewalld-trusted", false),
        ] as [(String, Bool)])
    func judgesWhatServicesLoad(name: String, expected: Bool) throws {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures/nftables"))
        #expect(try judge(Array(Data(contentsOf: url))).isOn == expected)
    }

    @Test(
        arguments: [
            "", "{}", "[]", #"{"nftables": []}"#, #"{"nftables": [{"metainfo": {}}, 1]}"#,
            #"{"nftables": [{"metainfo": {}}, {"rule": {"family": "ip"}}]}"#,
            #"{"nftables": [{"metainfo": {}}, {"table": {"name": "x"}}]}"#, #"{"nftables": [{"metainfo": {}}"#,
            #"{"nftables": [{"metainfo": {}}, {"chain": {"family": "ip", "table": "x"}}]}"#,
        ])
    func whatIsNoRulesetIsRefused(text: String) {
        #expect(NftablesRuleset(parsing: Array(text.utf8)) == nil)
    }
}
