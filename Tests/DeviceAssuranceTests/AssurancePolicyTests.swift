// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Foundation
import Testing

@Suite struct AssurancePolicyTests {
    private func decode(_ text: String) throws(AssurancePolicyError) -> AssurancePolicy {
        try AssurancePolicy.decode(Array(text.utf8), name: "p.json")
    }

    private static func policy(_ members: String) -> String {
        #"{"name":"Laptops","platform":"LINUX","secureHardwarePresent":true,\#(members)}"#
    }

    private static let whole = #"""
        {"id":"dae1","name":"Laptops","platform":"LINUX","osVersion":{"minimum":"12.4"},
         "diskEncryptionType":{"include":["ALL_INTERNAL_VOLUMES"]},"screenLockType":{"include":["BIOMETRIC","PASSCODE"]},
         "secureHardwarePresent":true,"gracePeriod":{"type":"BY_DURATION","expiry":"P7D"},"displayRemediationMode":"HIDE",
         "createdBy":"00u1","createdDate":"2026-01-01T00:00:00Z","lastUpdate":"x","lastUpdatedBy":null,"_links":{"self":{}}}
        """#

    @Test func readsEveryMember() throws {
        let policy = try decode(Self.whole)
        #expect(policy.id == "dae1" && policy.name == "Laptops" && policy.platform == .linux)
        #expect(policy.osVersion == .atLeast("12.4"))
        #expect(policy.diskEncryptionType == [.allInternalVolumes])
        #expect(policy.screenLockType == [.biometric, .passcode])
        #expect(policy.secureHardwarePresent == true)
        #expect(policy.displayRemediationMode == .hide)
        #expect(policy.gracePeriod?.end(firstNonCompliant: 100) == Int64(604_900))
        #expect(
            policy.requiredSignals
                == [.platform, .osName, .osVersion, .diskEncryptionType, .screenLockType, .secureHardwarePresent])
    }

    @Test func readsDistributions() throws {
        let policy = try decode(
            #"""
            {"name":"A","platform":"LINUX","osVersionConstraints":[{"distribution":"debian","minimum":"12"},
             {"distribution":"ubuntu","minimum":"22.04"},{"distribution":"arch"}]}
            """#)
        #expect(policy.osVersionConstraints.map(\.distribution) == ["debian", "ubuntu", "arch"])
        #expect(policy.osVersionConstraints.map(\.requirement) == [.atLeast("12"), .atLeast("22.04"), nil])
        #expect(policy.id == "A")
        #expect(policy.displayRemediationMode == .show)
        #expect(policy.requiredSignals == [.platform, .osName, .osVersion])
    }

    @Test func survivesTheWayThroughJSON() throws {
        let policy = try decode(Self.whole)
        #expect(try AssurancePolicy.decode(Array(JSONEncoder().encode(policy)), name: "again") == policy)
    }

    @Test(
        arguments: [
            (policy(#""devicePostureChecks":{"include":[]}"#), "devicePostureChecks.include"),
            (policy(#""jailbreak":false"#), "jailbreak"),
            (policy(#""osversion":{"minimum":"12"}"#), "osversion"),
            (policy(#""osVersion":"12""#), "osVersion"),
            (policy(#""osVersion":{}"#), "osVersion.minimum"),
            (policy(#""osVersion":{"minimum":12}"#), "osVersion.minimum"),
            (policy(#""osVersion":{"minimum":"bookworm"}"#), "osVersion.minimum"),
            (policy(#""osVersion":{"minimum":"12","maximum":"13"}"#), "osVersion.maximum"),
            (
                policy(#""osVersion":{"minimum":"12","dynamicVersionRequirement":{}}"#),
                "osVersion.dynamicVersionRequirement"
            ),
            (
                policy(#""osVersion":{"minimum":"12"},"osVersionConstraints":[{"distribution":"a"}]"#),
                "osVersionConstraints"
            ),
            (policy(#""osVersionConstraints":[]"#), "osVersionConstraints"),
            (policy(#""osVersionConstraints":[{"distribution":"a"},{"distribution":"a"}]"#), "osVersionConstraints"),
            (policy(#""osVersionConstraints":[{"minimum":"1"}]"#), "osVersionConstraints[0].distribution"),
            (policy(#""osVersionConstraints":[{"distribution":"Debian"}]"#), "osVersionConstraints[0].distribution"),
            (
                policy(#""osVersionConstraints":[{"distribution":"a","minimum":"x"}]"#),
                "osVersionConstraints[0].minimum"
            ),
            (
                policy(#""osVersionConstraints":[{"distribution":"a","majorVersionConstraint":"WINDOWS_11"}]"#),
                "osVersionConstraints[0].majorVersionConstraint"
            ),
            (policy(#""diskEncryptionType":{"include":[]}"#), "diskEncryptionType.include"),
            (policy(#""diskEncryptionType":{"include":["NONE"]}"#), "diskEncryptionType.include"),
            (policy(#""diskEncryptionType":{"include":["FULL"]}"#), "diskEncryptionType.include"),
            (policy(#""diskEncryptionType":{"exclude":["NONE"]}"#), "diskEncryptionType.exclude"),
            (policy(#""diskEncryptionType":["ALL_INTERNAL_VOLUMES"]"#), "diskEncryptionType"),
            (policy(#""screenLockType":{"include":["PATTERN"]}"#), "screenLockType.include"),
            (policy(#""screenLockType":null"#), "screenLockType"),
            (policy(#""displayRemediationMode":"show""#), "displayRemediationMode"),
            (policy(#""gracePeriod":{"expiry":"P7D"}"#), "gracePeriod.type"),
            (policy(#""gracePeriod":{"type":"BY_DURATION"}"#), "gracePeriod.expiry"),
            (policy(#""gracePeriod":{"type":"BY_DURATION","expiry":"7D"}"#), "gracePeriod.expiry"),
            (policy(#""gracePeriod":{"type":"BY_DATE_TIME","expiry":"P7D"}"#), "gracePeriod.expiry"),
            (policy(#""gracePeriod":{"type":"FOREVER","expiry":"P7D"}"#), "gracePeriod.type"),
            (policy(#""gracePeriod":null"#), "gracePeriod"),
            (policy(#""name":"Twice""#), "name"),
            (policy(#""na\u006de":"Twice""#), "name"),
            (policy(#""osVersion":{"minimum":"12","minimum":"1"}"#), "minimum"),
            (#"{"name":"A","platform":"LINUX","secureHardwarePresent":false}"#, "secureHardwarePresent"),
            (#"{"name":"A","platform":"LINUX","secureHardwarePresent":1}"#, "secureHardwarePresent"),
            (#"{"name":"A","platform":"AMIGA","secureHardwarePresent":true}"#, "platform"),
            (#"{"name":"A","secureHardwarePresent":true}"#, "platform"),
            (#"{"platform":"LINUX","secureHardwarePresent":true}"#, "name"),
            (#"{"name":"","platform":"LINUX","secureHardwarePresent":true}"#, "name"),
            (#"{"name":"A","platform":"LINUX"}"#, ""),
            (#"["LINUX"]"#, ""), (#"{"name":"A""#, ""), ("", ""), (whole + "{}", ""),
        ] as [(String, String)])
    func refusesWhatItDoesNotUnderstandAndNamesIt(text: String, member: String) {
        let error = #expect(throws: AssurancePolicyError.self) { try decode(text) }
        #expect(error?.member == member)
        #expect(error?.file == "p.json")
        #expect(error?.description.contains("p.json") == true)
    }

    @Test func refusesAFileThatIsTooLong() throws {
        let blanks = Array(repeating: UInt8(ascii: " "), count: AssurancePolicy.maximumBytes - Self.whole.utf8.count)
        #expect(try AssurancePolicy.decode(Array(Self.whole.utf8) + blanks, name: "p.json").id == "dae1")
        let error = #expect(throws: AssurancePolicyError.self) {
            try AssurancePolicy.decode(Array(Self.whole.utf8) + blanks + [UInt8(ascii: " ")], name: "long.json")
        }
        #expect(error?.problem.contains("longer") == true)
    }

    @Test(
        arguments: [
            (#"{"id":"1","name":"B","platform":"LINUX","secureHardwarePresent":true}"#, "id"),
            (#"{"id":"2","name":"A","platform":"LINUX","secureHardwarePresent":true}"#, "name"),
        ] as [(String, String)])
    func refusesASetThatRepeatsItself(second: String, member: String) {
        let first = #"{"id":"1","name":"A","platform":"LINUX","secureHardwarePresent":true}"#
        let error = #expect(throws: AssurancePolicyError.self) {
            try AssurancePolicy.decodeAll([("a.json", Array(first.utf8)), ("b.json", Array(second.utf8))])
        }
        #expect(error?.member == member && error?.file == "b.json")
    }

    @Test func theExampleOfTheReferenceIsUnderstood() throws {
        let file = try #require(Bundle.module.url(forResource: "Policies", withExtension: nil))
        let bytes = Array(try Data(contentsOf: file.appending(path: "laptops.json")))
        #expect(try AssurancePolicy.decode(bytes, name: "laptops.json").osVersionConstraints.count == 2)
    }
}
