// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ManagedDevicesTests {
    @Test func devicesAreListedWithoutWhatOktasModelsRefuse() async throws {
        try await Administrator.run { administrator in
            let agent = try await administrator.verifier.person("alice", administrator.client)
            let list = try await administrator.get("/devices")
            let device = try #require(list.value.elements?.first)
            #expect(list.ids.count == 1)
            #expect(device["status"] == "ACTIVE")
            #expect(device["profile"] == nil)
            #expect(device["resourceDisplayName"]?["value"] == .string(agent.request.device.displayName))
            let extended = try await administrator.get("/devices/\(list.ids[0])?extended=true")
            #expect(extended.value["profile"]?["platform"] == "LINUX")
            #expect(extended.value["profile"]?["registered"] == true)
            #expect(extended.tag == (try await administrator.get("/devices/\(list.ids[0])").tag))
            let found =
                "/devices?search=\(FormParameters.encode("profile.platform eq \"LINUX\" and status eq \"ACTIVE\""))"
            #expect(try await administrator.get(found).ids == list.ids)
            #expect(
                try await administrator.get("/devices?search=\(FormParameters.encode("status eq \"SUSPENDED\""))").ids
                    == [])
            let users = try await administrator.get("/devices/\(list.ids[0])/users")
            #expect(users.value.elements?.first?["user"]?["profile"]?["login"] == "alice")
            let expanded = try await administrator.get("/devices?expand=user")
            #expect(expanded.value.elements?.first?["_embedded"]?["users"] == users.value)
            #expect(try await administrator.get("/devices?expand=all").status == 400)
        }
    }

    @Test func theLifecycleIsOktas() async throws {
        try await Administrator.run { administrator in
            _ = try await administrator.verifier.person("alice", administrator.client)
            let id = try await administrator.get("/devices").ids[0]
            let path = "/devices/\(id)"
            func step(_ name: String, _ status: Int, _ standing: ResourceValue) async throws {
                #expect(try await administrator.post("\(path)/lifecycle/\(name)").status == status, "\(name)")
                #expect(try await administrator.get(path).value["status"] == standing, "\(name)")
            }
            #expect(try await administrator.delete(path).status == 400)
            try await step("activate", 204, "ACTIVE")
            try await step("suspend", 204, "SUSPENDED")
            #expect(try await administrator.delete(path).status == 400)
            try await step("activate", 400, "SUSPENDED")
            try await step("unsuspend", 204, "ACTIVE")
            try await step("deactivate", 204, "DEACTIVATED")
            try await step("suspend", 400, "DEACTIVATED")
            try await step("activate", 204, "ACTIVE")
            try await step("deactivate", 204, "DEACTIVATED")
            #expect(try await administrator.delete(path).status == 204)
            #expect(try await administrator.get(path).status == 404)
            #expect(try await administrator.get("/devices").ids == [])
            #expect(try administrator.events(.deviceDeactivate).count == 2)
        }
    }

    @Test func aDeviceWhoseLastEnrolmentIsGoneIsDeactivated() async throws {
        try await Administrator.run { administrator in
            _ = try await administrator.verifier.person("alice", administrator.client)
            let directory = administrator.verifier.services.enrollmentDirectory
            let id = try await administrator.get("/devices").ids[0]
            let enrollment = try #require(try await directory.list().first { $0.deviceID == id })
            administrator.verifier.clock.advance(60)
            let before = try await administrator.get("/devices/\(id)").value["lastUpdated"]
            try await directory.delete(enrollment.id)
            let device = try await administrator.get("/devices/\(id)").value
            #expect(device["status"] == "DEACTIVATED")
            #expect(device["lastUpdated"] != before)
            let revived = try await administrator.post("/devices/\(id)/lifecycle/activate")
            #expect(revived.status == 400)
            #expect(revived.value["errorSummary"]?.text?.contains("enrol it again") == true)
            #expect(try await administrator.delete("/devices/\(id)").status == 204)
        }
    }

    @Test func theAgentOfARemovedEnrolmentLearnsThatItIsGone() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let enrollment = try await agent.record()
        try await world.services.enrollmentDirectory.delete(enrollment.id)
        let device = try await world.store.read { try $0.record(DeviceRecord.self, id: enrollment.deviceID) }
        #expect(device?.status == .deactivated)
        let response = try await agent.response(to: challenge)
        let refused = try await refusal { try await world.post(response, to: challenge) }
        #expect(refused.status == 410 && refused.code.rawValue == "E0000154")
    }

    @Test func aDeactivatedDeviceSignsNobodyIn() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let device = try await agent.record().deviceID
        try await world.services.enrollmentDirectory.setDevice(device, to: .deactivated)
        let response = try await agent.response(to: challenge)
        let refused = try await refusal { try await world.post(response, to: challenge) }
        #expect(refused.status == 403)
    }
}
