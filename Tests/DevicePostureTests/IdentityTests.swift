// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

@Suite struct IdentityTests {
    @Test(.enabled(if: Tool.exists("systemd-id128"), "systemd is not installed"))
    func theDerivationIsSystemds() async throws {
        let application = DeviceIDCollector.text(DeviceIDCollector.application)
        let result = try #require(Tool("systemd-id128")).run(["machine-id", "--app-specific=\(application)"])
        let ours = await PostureCollector().snapshot(of: [.deviceId])[.deviceId]?.state
        if result.status == 0 {
            #expect(ours == .known(.string(result.output.trimmed)))
        } else {
            #expect(ours?.value == nil)
        }
    }

    @Test func theMachineIDItselfIsNotShown() async throws {
        let machine = try TestMachine.debian12.make()
        let reading = await PostureCollector(system: machine.system).snapshot(of: [.deviceId])[.deviceId]
        let id = try machine.system.attribute("/etc/machine-id")
        #expect(reading?.state != .known(.string(id)))
        #expect(reading?.evidence.contains { $0.contains(id) } == false)
        machine.write("/etc/machine-id", "0123456789abcdef0123456789abcdee\n")
        #expect(await machine.state(.deviceId) != reading?.state)
    }

    @Test(
        arguments: [
            "", "uninitialized\n", "00000000000000000000000000000000\n", "0123456789abcdef0123456789abcde\n",
            "0123456789abcdef0123456789abcdef0\n", "01234567-89ab-cdef-0123-456789abcdef\n",
            "0123456789ABCDEF0123456789ABCDEF\n",
            "0123456789abcdef0123456789abcdeg\n",
        ] as [String])
    func whatIsNoMachineIDIsUnknown(text: String) async throws {
        let machine = try MachineFixture()
        machine.write("/etc/machine-id", text)
        #expect(await machine.state(.deviceId)?.isUnknown == true)
    }

    @Test func theOlderPlaceCountsWhereTheNewerIsEmpty() async throws {
        let machine = try MachineFixture()
        machine.write("/var/lib/dbus/machine-id", "0123456789abcdef0123456789abcdef\n")
        #expect(await machine.state(.deviceId)?.value != nil)
    }

    @Test(
        arguments: [
            ("4C4C4544-0042-3510-8057-B4C04F4D4E33\n", "4c4c4544-0042-3510-8057-b4c04f4d4e33"),
            ("00000000-0000-0000-0000-000000000000\n", nil), ("ffffffff-ffff-ffff-ffff-ffffffffffff\n", nil),
            ("03000200-0400-0500-0006-000700080009\n", nil), ("Not Settable\n", nil),
            ("4c4c4544004235108057b4c04f4d4e33\n", nil),
        ] as [(String, String?)])
    func placeholdersAreNoUUID(text: String, uuid: String?) async throws {
        let machine = try MachineFixture()
        machine.write(HardwareIdentityCollector.uuidPath, text)
        let state = await machine.state(.hardwareUuid)
        if let uuid { #expect(state == .known(.string(uuid))) } else { #expect(state?.isUnknown == true) }
    }

    @Test(arguments: ["To Be Filled By O.E.M.\n", "Default string\n", "\n", "0\u{0}", "System Serial Number\n"])
    func placeholdersAreNoSerialNumber(text: String) async throws {
        let machine = try MachineFixture()
        machine.write(HardwareIdentityCollector.serialPath, text)
        #expect(await machine.state(.serialNumber)?.isUnknown == true)
    }
}
