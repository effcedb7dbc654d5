// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import ExpressionLanguage
import Testing

@testable import AccessPolicy

@Suite struct AccessRequestTests {
    private func decode(_ text: String) throws(PolicyDocumentError) -> AccessRequest {
        try AccessRequest.decode(Array(text.utf8))
    }

    @Test(
        arguments: [
            ("LINUX", .linux, .desktop), ("CHROMEOS", .chromeOS, .desktop), ("IOS", .iOS, .mobile),
            ("HAIKU", .other, nil), ("OTHER", .other, nil),
        ] as [(String, OperatingSystemType, PlatformType?)])
    func theKindOfADeviceIsKnownOfKnownPlatforms(text: String, system: OperatingSystemType, type: PlatformType?) {
        var snapshot = PostureSnapshot()
        snapshot[.platform] = SignalReading(.known(.string(text)), source: "t", collectedAt: 0)
        var device = AccessRequest.Device()
        device.take(snapshot)
        #expect(device.system == system && device.type == type)
    }

    @Test func readsEveryMember() throws {
        let request = try decode(
            #"""
            {"now":"2026-11-26T06:00:00Z","policy":"rst1",
             "user":{"id":"00u1","type":"oty1","status":"ACTIVE","created":"2026-01-01T00:00:00Z","lastUpdated":1,
              "groups":["00gA",{"id":"00gB","name":"B","type":"APP_GROUP","source":"0oa1"}],
              "profile":{"department":"IT","level":3,"tags":["a"],"manager":null}},
             "device":{"id":"guo1","registered":true,"managed":false,"type":"DESKTOP","os":"LINUX","osVersion":"12.9",
              "profile":{"osVersion":"12.9","sid":null},"screenLockType":"PASSCODE",
              "provider":{"wsc":{"fireWall":"GOOD","deep":{"known":1,"unknown":null,"list":[{"unknown":null}]}}},
              "caller":{"bindingType":"LOOPBACK"},
              "assurance":{"a":"COMPLIANT","b":"IN_GRACE_PERIOD","c":"NOT_COMPLIANT","d":"INDETERMINATE"}},
             "network":{"addresses":["192.0.2.1"],"zones":{"nzo1":true},"asn":"64500","location":{"country":"DE"},
              "proxy":"NONE","serviceCategories":[]},
             "risk":{"level":"LOW","behaviors":[]},"session":{"id":"s","amr":["hwk"]},"login":{"identifier":"alice"},
             "accessRequest":{"operation":"recover","authenticator":{"id":"aut1","key":"okta_password"},
              "metadata":{"type":"expiry"}}}
            """#)
        #expect(request.now == 1_795_672_800 && request.policyID == "rst1" && request.loginIdentifier == "alice")
        #expect(request.user?.groups?.map(\.id) == ["00gA", "00gB"] && request.user?.type == "oty1")
        #expect(request.user?.profile["manager"] == .null && request.user?.profile["level"] == .integer(3))
        #expect(request.device.registered == true && request.device.managed == false)
        #expect(request.device.system == .linux && request.device.systemVersion == DottedVersion("12.9"))
        #expect(request.device.profile == ["osVersion": "12.9"])
        #expect(request.device.providers["wsc"]?["deep"] == .map(["known": .integer(1), "list": .list([.map([:])])]))
        #expect(request.device.assurance["b"] == .inGracePeriod && request.device.assurance.count == 4)
        #expect(request.network.zones == ["nzo1": true] && request.network.proxy == AccessRequest.ProxyType.none)
        #expect(request.network.serviceCategories == [] && request.risk.behaviors == [])
        #expect(request.session.methods == ["hwk"] && request.account?.operation == .recover)
        #expect(request.account?.metadataType == "expiry" && request.account?.authenticatorID == "aut1")
    }

    @Test(
        arguments: [
            ("{}", "$"), (#"{"now":"today"}"#, "$.now"), (#"{"now":9223372036854775807}"#, "$.now"),
            (#"{"now":1,"users":{}}"#, "$"), (#"{"now":1,"user":{"name":"alice"}}"#, "$.user"),
            (#"{"now":1,"user":{"groups":[{"name":"x"}]}}"#, "$.user.groups[0]"),
            (#"{"now":1,"device":{"managd":true}}"#, "$.device"),
            (#"{"now":1,"device":{"assurance":{"a":"FINE"}}}"#, "$.device.assurance.a"),
            (#"{"now":1,"device":{"osVersion":"bookworm"}}"#, "$.device.osVersion"),
            (#"{"now":1,"network":{"ip":"192.0.2.1"}}"#, "$.network"),
            (#"{"now":1,"risk":{"score":1}}"#, "$.risk"), (#"{"now":1,"session":{"roles":[]}}"#, "$.session"),
            (#"{"now":1,"accessRequest":{"operation":"explode"}}"#, "$.accessRequest.operation"),
            (
                #"{"now":1,"accessRequest":{"operation":"enroll","authenticator":{"kind":"x"}}}"#,
                "$.accessRequest.authenticator"
            ),
        ] as [(String, String)])
    func whatIsMisspeltIsRefused(text: String, path: String) {
        let error = #expect(throws: PolicyDocumentError.self) { try decode(text) }
        #expect(error?.path == path)
    }

    @Test func takesWhatADeviceReports() {
        var device = AccessRequest.Device()
        device.take(
            PostureSnapshot([
                .platform: SignalReading(.known(.string("LINUX")), source: "t", collectedAt: 0),
                .osVersion: SignalReading(.known(.string("12.9")), source: "t", collectedAt: 0),
                .screenLockType: SignalReading(.known(.string("PASSCODE")), source: "t", collectedAt: 0),
                .secureHardwarePresent: SignalReading(.known(.boolean(true)), source: "t", collectedAt: 0),
                .privilegedGroups: SignalReading(.known(.strings(["docker"])), source: "t", collectedAt: 0),
                .hsiLevel: SignalReading(.known(.integer(3)), source: "t", collectedAt: 0),
                .diskEncryptionType: SignalReading(.unknown(reason: "r"), source: "t", collectedAt: 0),
                .autoLogin: SignalReading(.notApplicable(reason: "r"), source: "t", collectedAt: 0),
            ]))
        #expect(device.system == .linux && device.type == .desktop && device.systemVersion == DottedVersion("12.9"))
        #expect(device.screenLockType == "PASSCODE")
        #expect(device.profile["secureHardwarePresent"] == true && device.profile["hsiLevel"] == .integer(3))
        #expect(device.profile["privilegedGroups"] == ["docker"])
        #expect(device.profile["diskEncryptionType"] == nil && device.profile["autoLogin"] == nil)
    }
}
