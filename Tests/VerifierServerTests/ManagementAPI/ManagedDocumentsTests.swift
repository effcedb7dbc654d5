// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ManagedDocumentsTests {
    static let mac: ResourceValue = [
        "name": "Macs", "platform": "MACOS", "osVersion": ["minimum": "14.4"], "displayRemediationMode": "SHOW",
    ]
    static let linux: ResourceValue = [
        "name": "Linux", "platform": "LINUX", "diskEncryptionType": ["include": ["ALL_INTERNAL_VOLUMES"]],
    ]
    static let check: ResourceValue = [
        "name": "Firewall", "variableName": "macFirewall", "platform": "MACOS", "type": "CUSTOM",
        "mappingType": "CHECKBOX", "query": "SELECT 1;",
    ]
    static let zone: ResourceValue = [
        "name": "Office", "type": "IP", "gateways": [["type": "CIDR", "value": "192.0.2.0/24"]],
    ]

    @Test func aDocumentIsMadeReadReplacedAndDeleted() async throws {
        try await Administrator.run { administrator in
            let made = try await administrator.post("/device-assurances", Self.mac)
            #expect(made.status == 200, "\(made.value)")
            #expect(made.id.hasPrefix("dae"))
            #expect(made.value["osVersion"] == ["minimum": "14.4"])
            #expect(made.value["createdBy"]?.text?.hasPrefix("00T") == true)
            let path = "/device-assurances/\(made.id)"
            #expect(try await administrator.get(path).value == made.value)
            var changed = try #require(Self.mac.members)
            changed["osVersion"] = ["minimum": "15.0"]
            // What the verifier says is not for the client to say.
            changed["id"] = "dae-other"
            changed["createdBy"] = "somebody"
            administrator.verifier.clock.advance(60)
            let replaced = try await administrator.put(path, .object(changed), headers: [.ifMatch: made.tag])
            #expect(replaced.status == 200, "\(replaced.value)")
            #expect(replaced.id == made.id)
            #expect(replaced.value["createdBy"] == made.value["createdBy"])
            #expect(replaced.value["createdDate"] == made.value["createdDate"])
            #expect(replaced.value["lastUpdate"] != made.value["lastUpdate"])
            #expect(try await administrator.put(path, Self.mac, headers: [.ifMatch: made.tag]).status == 412)
            #expect(try await administrator.delete(path, headers: [.ifMatch: made.tag]).status == 412)
            #expect(try await administrator.delete(path).status == 204)
            #expect(try await administrator.get(path).status == 404)
            let events = try ["add", "update", "delete"].map {
                try administrator.events(AuditEventType(rawValue: "device.assurance.policy.\($0)")).count
            }
            #expect(events == [1, 1, 1])
        }
    }

    @Test func aDocumentIsKeptByteForByteInEachVersion() async throws {
        try await Administrator.run { administrator in
            let first = Array(
                "{ \"platform\":\"LINUX\",\t\"name\" : \"L\\u0069nux\",\"secureHardwarePresent\":true }".utf8)
            let second = Array(
                "{\"name\":\"Linux\",\"platform\":\"LINUX\",\"screenLockType\":{\"include\":[\"PASSCODE\"]}}".utf8)
            let id = try await administrator.send(.post, "/device-assurances", first).id
            _ = try await administrator.send(.put, "/device-assurances/\(id)", second)
            _ = try await administrator.delete("/device-assurances/\(id)")
            let versions = try await administrator.verifier.services.store.read {
                try $0.records(DocumentVersion.self, where: .first, is: id)
            }
            #expect(versions.map(\.change) == [.create, .update, .delete])
            #expect(versions.map { Array($0.record.body.utf8) } == [first, second, second])
            #expect(versions.map(\.revision) == [1, 2, 3])
        }
    }

    @Test func anEarlierVersionComesBack() async throws {
        try await Administrator.run { administrator in
            let history = administrator.verifier.services.documentHistory
            let id = try await administrator.post("/device-assurances", Self.mac).id
            var other = try #require(Self.mac.members)
            other["osVersion"] = ["minimum": "15.0"]
            _ = try await administrator.put("/device-assurances/\(id)", .object(other))
            #expect(try await history.revert(id, to: 1).revision == 3)
            #expect(try await administrator.get("/device-assurances/\(id)").value["osVersion"] == ["minimum": "14.4"])
            _ = try await administrator.delete("/device-assurances/\(id)")
            #expect(try await history.revert(id, to: 2).revision == 5)
            #expect(try await administrator.get("/device-assurances/\(id)").value["osVersion"] == ["minimum": "15.0"])
            #expect(
                try await history.versions(of: id).map(\.change) == [.create, .update, .revert, .delete, .revert])
            await #expect(throws: DocumentHistoryError.unknownRevision(9, document: id)) {
                _ = try await history.revert(id, to: 9)
            }
            await #expect(throws: DocumentHistoryError.unknownDocument("none")) {
                _ = try await history.revert("none", to: 1)
            }
            _ = try await administrator.delete("/device-assurances/\(id)")
            _ = try await administrator.post("/device-assurances", Self.mac)
            await #expect(throws: DocumentHistoryError.nameTaken("Macs")) { _ = try await history.revert(id, to: 1) }
        }
    }

    @Test func linuxIsListedForWhoAsksForExtensions() async throws {
        try await Administrator.run { administrator in
            let linux = try await administrator.post("/device-assurances", Self.linux)
            #expect(linux.status == 200, "\(linux.value)")
            let mac = try await administrator.post("/device-assurances", Self.mac)
            let plain = try await administrator.get("/device-assurances")
            #expect(plain.ids == [mac.id])
            #expect(plain.headers[.leftOut] == "1")
            let extended = try await administrator.get("/device-assurances?extended=true")
            #expect(Set(extended.ids) == [mac.id, linux.id])
            #expect(extended.headers[.leftOut] == nil)
            #expect(try await administrator.get("/device-assurances/\(linux.id)").value == linux.value)
            var check = try #require(Self.check.members)
            check["platform"] = "LINUX"
            #expect(try await administrator.post("/device-posture-checks", .object(check)).status == 200)
            #expect(try await administrator.get("/device-posture-checks").ids == [])
            #expect(try await administrator.get("/device-posture-checks?extended=true").ids.count == 1)
        }
    }

    @Test(
        arguments: [
            ("/device-assurances", ["name": "a"], "platform"), ("/device-assurances", ["platform": "MACOS"], "name"),
            ("/device-assurances", ["name": "a", "platform": "SOLARIS"], "platform"),
            ("/device-assurances", ["name": "a\nb", "platform": "MACOS"], "name"),
            ("/device-assurances", ["name": "a", "platform": "MACOS", "osVersion": ["minimum": "x"]], "osVersion"),
            ("/device-assurances", ["name": "a", "platform": "MACOS", "unheardOf": 1], "unheardOf"),
            ("/device-posture-checks", ["name": "a", "variableName": "b", "platform": "MACOS"], "mappingType"),
            ("/zones", ["name": "a", "type": "IP", "gateways": [["type": "CIDR", "value": "x"]]], "$.gateways"),
            ("/zones", ["name": "a", "type": "NONE"], "$.type"), ("/zones", ["type": "IP"], "name"),
            ("/policies", ["name": "a", "type": "MFA_ENROLL"], "$.type"),
            ("/policies", ["name": "a", "_embedded": ["resourceType": "END_USER_ACCOUNT_MANAGEMENT"]], "_embedded"),
        ] as [(String, ResourceValue, String)])
    func aDocumentThatIsNotUnderstoodIsNotKept(path: String, body: ResourceValue, member: String) async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.post(path, body)
            #expect((answer.status, answer.code ?? "") == (400, "E0000001"), "\(answer.value)")
            #expect(answer.causes.contains { $0.hasPrefix(member) }, "\(answer.causes)")
            let list = try await administrator.get("\(path)?extended=true&type=ACCESS_POLICY")
            #expect(!list.names.contains("a"))
        }
    }

    @Test func aNameIsTakenOnce() async throws {
        try await Administrator.run { administrator in
            _ = try await administrator.post("/zones", Self.zone)
            var other = try #require(Self.zone.members)
            other["name"] = "OFFICE"
            #expect(try await administrator.post("/zones", .object(other)).causes.first?.hasPrefix("name:") == true)
            other["name"] = "Home"
            let home = try await administrator.post("/zones", .object(other))
            #expect(try await administrator.put("/zones/\(home.id)", Self.zone).code == "E0000001")
            _ = try await administrator.post("/device-posture-checks", Self.check)
            #expect(
                try await administrator.post("/device-posture-checks", Self.check).causes.first?.hasPrefix(
                    "variableName:")
                    == true)
        }
    }

    @Test func zonesComeAndGo() async throws {
        try await Administrator.run { administrator in
            let zone = try await administrator.post("/zones", Self.zone)
            #expect((zone.value["status"] ?? .null, zone.value["usage"] ?? .null) == ("ACTIVE", "POLICY"))
            let path = "/zones/\(zone.id)/lifecycle"
            #expect(try await administrator.post("\(path)/deactivate").value["status"] == "INACTIVE")
            #expect(try await administrator.post("\(path)/deactivate").value["status"] == "INACTIVE")
            #expect(try await administrator.post("\(path)/activate").value["status"] == "ACTIVE")
            #expect(try administrator.events(AuditEventType(rawValue: "zone.deactivate")).count == 1)
            #expect(
                try await administrator.get("/zones?filter=\(FormParameters.encode("name eq \"office\""))").ids == [
                    zone.id
                ])
            #expect(try await administrator.delete("/zones/\(zone.id)").status == 204)
        }
    }

    @Test func whatIsInUseIsNotDeleted() async throws {
        try await Administrator.run { administrator in
            let check = try await administrator.post("/device-posture-checks", Self.check)
            var mac = try #require(Self.mac.members)
            mac["devicePostureChecks"] = ["include": [["variableName": "macFirewall", "value": "1"]]]
            let assurance = try await administrator.post("/device-assurances", .object(mac))
            let zone = try await administrator.post("/zones", Self.zone)
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"])
            let rule = try await administrator.post(
                "/policies/\(policy.id)/rules",
                [
                    "name": "Macs in the office", "type": "ACCESS_POLICY",
                    "conditions": [
                        "device": [
                            "registered": true, "managed": false, "assurance": ["include": [.string(assurance.id)]],
                        ],
                        "network": ["connection": "ZONE", "include": [.string(zone.id)]],
                    ],
                    "actions": ["appSignOn": ["access": "DENY"]],
                ])
            #expect(rule.status == 200, "\(rule.value)")
            for path in [
                "/device-posture-checks/\(check.id)", "/device-assurances/\(assurance.id)", "/zones/\(zone.id)",
            ] {
                let refused = try await administrator.delete(path)
                #expect(refused.status == 409, "\(path)")
                #expect(refused.causes.first?.hasPrefix("it is in use by") == true)
            }
            #expect(try await administrator.post("/zones/\(zone.id)/lifecycle/deactivate").status == 400)
            #expect(try await administrator.delete("/policies/\(policy.id)/rules/\(rule.id)").status == 204)
            for path in [
                "/device-assurances/\(assurance.id)", "/device-posture-checks/\(check.id)", "/zones/\(zone.id)",
            ] { #expect(try await administrator.delete(path).status == 204, "\(path)") }
        }
    }
}
