// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Foundation
import Testing

@Suite struct RemediationTests {
    private static let now: Int64 = 1_750_000_000
    private static let prefix = "idx.error.code.access_denied.device_assurance.remediation"
    private static let custom = "device.assurance.custom.remediation"

    private func policy(_ id: String, _ members: String, platform: String = "LINUX") throws -> AssurancePolicy {
        try AssurancePolicy.decode(
            Array(#"{"id":"\#(id)","name":"\#(id)","platform":"\#(platform)",\#(members)}"#.utf8), name: id)
    }

    private func evaluate(
        _ policies: [AssurancePolicy], _ signals: [String: VectorJSON],
        _ customization: RemediationCustomization = RemediationCustomization()
    ) -> AssuranceResult {
        AssuranceEvaluator.evaluate(
            policies, DeviceEvidence(PostureSnapshot(vector: signals)),
            AssuranceContext(now: Self.now, customization: customization))
    }

    private func suffixes(_ remediations: [Remediation]) -> [String] {
        remediations.map { $0.key.hasPrefix(Self.prefix) ? String($0.key.dropFirst(Self.prefix.count)) : $0.key }
    }

    private static let linux: [String: VectorJSON] = [
        "platform": .text("LINUX"), "osName": .text("debian"), "firewall": .boolean(false),
        "secureBoot": .boolean(false),
    ]

    @Test func oneOptionStandsBetweenExplanationAndHelp() throws {
        let result = evaluate([try policy("a", #""firewall":true,"secureBoot":true"#)], Self.linux)
        let view = try #require(result.view)
        #expect(
            suffixes(view.messages) == [
                ".title", ".explanation_one_rule", ".linux.enable_firewall", ".linux.enable_secure_boot",
                ".additional_help_default",
            ])
        #expect(suffixes(view.advice) == [".linux.enable_firewall", ".linux.enable_secure_boot"])
        #expect(view.graceUntil == nil)
    }

    @Test func severalOptionsAreNumbered() throws {
        let policies = [
            try policy("a", #""firewall":true"#), try policy("b", #""secureBoot":true"#),
            try policy("c", #""firewall":true,"displayRemediationMode":"HIDE""#),
        ]
        let view = try #require(evaluate(policies, Self.linux).view)
        #expect(
            suffixes(view.messages) == [
                ".title", ".explanation_multiple_rules", ".option_index", ".linux.enable_firewall", ".option_index",
                ".linux.enable_secure_boot", ".additional_help_default",
            ])
        #expect(view.options.compactMap(\.heading?.message) == ["Option 1:", "Option 2:"])
    }

    @Test func whatNobodyCanDoAnythingAboutGivesTitleAndHelpAlone() throws {
        let jailbroken: [String: VectorJSON] = ["platform": .text("IOS"), "integrityJailbreak": .boolean(true)]
        let result = evaluate([try policy("a", #""jailbreak":false"#, platform: "IOS")], jailbroken)
        let view = try #require(result.view)
        #expect(suffixes(view.messages) == [".title", ".additional_help_default"])
        // The audit log has it all the same.
        #expect(suffixes(result.failures[0].remediations) == [".ios.jailbreak"])
        #expect(suffixes(view.advice) == [".additional_help_default"])
    }

    @Test func aHiddenPolicyGivesTitleAndHelpAlone() throws {
        let view = try #require(
            evaluate([try policy("a", #""firewall":true,"displayRemediationMode":"HIDE""#)], Self.linux).view)
        #expect(suffixes(view.messages) == [".title", ".additional_help_default"])
    }

    @Test func policiesOfOtherPlatformsAreNoOptions() throws {
        let policies = [
            try policy("w", #""secureHardwarePresent":true"#, platform: "WINDOWS"),
            try policy("l", #""firewall":true"#),
            try policy("m", #""secureHardwarePresent":true"#, platform: "MACOS"),
        ]
        let result = evaluate(policies, Self.linux)
        #expect(suffixes(try #require(result.view).advice) == [".linux.enable_firewall"])
        #expect(result.failures.map(\.policyID) == ["w", "l", "m"])
        #expect(result.firstNonCompliant == ["l": Self.now])
        let other = evaluate([policies[0], policies[0]], Self.linux)
        #expect(suffixes(try #require(other.view).advice) == [".windows.platform"])
    }

    @Test func aGracePeriodIsHeadedByItsDate() throws {
        let grace = #""firewall":true,"gracePeriod":{"type":"BY_DURATION","expiry":"P7D"}"#
        let view = try #require(evaluate([try policy("a", grace)], Self.linux).view)
        #expect(
            suffixes(view.messages) == [
                "idx.device_assurance.grace_period.warning.title.due_by_date", ".linux.enable_firewall",
                ".additional_help_default",
            ])
        #expect(view.title.parameters == ["2025-06-22T15:06:40.000Z"])
        #expect(view.title.message.contains("2025-06-22T15:06:40.000Z"))
        #expect(view.graceUntil == Self.now + 7 * 86400)
        #expect(view.explanation == nil)
    }

    @Test func aDeviceThatMeetsAPolicyIsToldNothing() throws {
        let met = try policy("a", #""autoLogin":false"#)
        let device = Self.linux.merging(["autoLogin": .boolean(false)]) { _, new in new }
        #expect(evaluate([met, try policy("b", #""firewall":true"#)], device).view == nil)
    }

    @Test func anAdministratorsOwnTextsAndLinksStandInPlaceOfOurs() throws {
        let document = #"""
            {"helpURL":"https://help.example.com/","texts":{
              "\#(Self.custom).\#(Self.prefix).linux.enable_firewall":{"message":"Call 4711.",
                "links":[{"url":"https://help.example.com/firewall","label":"How"}]},
              "\#(Self.custom).LINUX.Okta:DeviceAssurance.SecureBoot":{"message":"Ask for it at the desk."},
              "\#(Self.custom).LINUX.Okta:DeviceAssurance.OSVersion":{"message":"At least {0}, you have {1}."}}}
            """#
        let customization = try RemediationCustomization.decode(Array(document.utf8), name: "texts.json")
        #expect(
            try RemediationCustomization.decode(Array(JSONEncoder().encode(customization)), name: "again")
                == customization)
        let device = Self.linux.merging(["osVersion": .text("11.{0}")]) { _, new in new }
        let asked = try policy("a", #""osVersion":{"minimum":"12"},"firewall":true,"secureBoot":true"#)
        let view = try #require(evaluate([asked], device, customization).view)
        let items = try #require(view.options.first?.items)
        #expect(items[1].message == "Call 4711.")
        #expect(items[1].key == "\(Self.custom).\(Self.prefix).linux.enable_firewall")
        #expect(items[1].links == [.init(url: "https://help.example.com/firewall", label: "How")])
        #expect(items[2].message == "Ask for it at the desk.")
        #expect(view.help.key == "\(Self.prefix).additional_help_custom")
        #expect(view.help.links == [.init(url: "https://help.example.com/")])
        #expect(items[0].outcome == .indeterminate)
        let old = Self.linux.merging(["osVersion": .text("11")]) { _, new in new }
        let version = try #require(evaluate([asked], old, customization).view?.options.first?.items.first)
        #expect(version.message == "At least 12, you have 11.")
    }

    @Test func whatADeviceReportsIsNotFilledInTurn() throws {
        let key = "\(Self.custom).LINUX.Okta:DeviceAssurance.Firewall"
        let own = RemediationCustomization(texts: [key: .init(message: "Not known: {0}; {1}; {2} {x} {")])
        let device = Self.linux.merging(["firewall": .object(["unknown": .text("a {0} b {1}")])]) { _, new in new }
        let view = try #require(evaluate([try policy("a", #""firewall":true"#)], device, own).view)
        #expect(
            view.options.first?.items.first?.message
                == "Not known: a {0} b {1}; Whether a firewall drops what strangers send; {2} {x} {")
    }

    @Test func anOwnTextMakesAnAdviceOfWhatHadNone() throws {
        let key = "\(Self.custom).ANDROID.Okta:DeviceAssurance.Jailbreak"
        let own = RemediationCustomization(texts: [key: .init(message: "Use another phone.")])
        let device: [String: VectorJSON] = ["platform": .text("ANDROID"), "integrityJailbreak": .boolean(true)]
        let view = try #require(
            evaluate([try policy("a", #""jailbreak":false"#, platform: "ANDROID")], device, own).view)
        #expect(view.options.first?.items.map(\.key) == [key])
    }

    @Test(
        arguments: [
            #"{"texts":{"x":{"message":"m"}}}"#, #"{"helpURL":"javascript:alert(1)"}"#, #"{"helpURL":"https://a b"}"#,
            #"{"texts":{"device.assurance.custom.remediation.x":{}}}"#,
            #"{"texts":{"device.assurance.custom.remediation.x":{"message":""}}}"#,
            #"{"texts":{"device.assurance.custom.remediation.x":{"message":"m","links":[]}}}"#,
            #"{"texts":{"device.assurance.custom.remediation.x":{"message":"m","links":[{"url":"file:///x"}]}}}"#,
            #"{"texts":[]}"#, #"{"text":{}}"#, "[]",
        ] as [String])
    func refusesTextsThatItDoesNotUnderstand(document: String) {
        #expect(throws: AssurancePolicyError.self) {
            try RemediationCustomization.decode(Array(document.utf8), name: "texts.json")
        }
    }

    @Test func whatWasKeptByAnOlderVersionIsStillRead() throws {
        let old = #"{"key":"k","parameters":["p"],"message":"m","outcome":"notMet"}"#
        let read = try JSONDecoder().decode(Remediation.self, from: Data(old.utf8))
        #expect(read == Remediation(key: "k", parameters: ["p"], message: "m", outcome: .notMet))
        let rich = Remediation(
            key: "k", message: "m", outcome: .indeterminate, links: [.init(url: "https://x.example")],
            isActionable: false)
        #expect(try JSONDecoder().decode(Remediation.self, from: JSONEncoder().encode(rich)) == rich)
    }

    @Test func anExpiredPeriodIsWrittenAsATime() throws {
        for (seconds, text) in [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (951_825_600, "2000-02-29T12:00:00.000Z"),
            (1_725_494_400, "2024-09-05T00:00:00.000Z"), (1_798_761_599, "2026-12-31T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.000Z"),
        ] {
            #expect(Timestamp(seconds: seconds).text == text)
            if seconds != .max { #expect(Timestamp(text)?.seconds == seconds) }
        }
    }
}
