// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

@Suite struct HardwareTests {
    // MARK: - Manufacturer and model

    @Test(
        arguments: [
            ("LENOVO\n", "LENOVO"), ("Dell Inc.\n", "Dell Inc."), (" HP  \n", "HP"), ("QEMU", "QEMU"),
            ("20XW004AGE\0", "20XW004AGE"),
        ] as [(String, String)])
    func readsWhatTheFirmwareStates(text: String, expected: String) async throws {
        let machine = try MachineFixture()
        machine.write("/sys/class/dmi/id/sys_vendor", text)
        machine.write("/sys/class/dmi/id/product_name", text)
        #expect(await machine.state(.manufacturer) == .known(.string(expected)))
        #expect(await machine.state(.model) == .known(.string(expected)))
    }

    @Test(
        arguments: [
            "To Be Filled By O.E.M.\n", "to be filled by o.e.m.", "Default string\n", "System Product Name\n",
            "System manufacturer\n", "\n",
            "", "   ", "Not Specified", "...", "None", "O.E.M.", String(repeating: "x", count: 200),
        ] as [String])
    func placeholdersAreUnknown(text: String) async throws {
        let machine = try MachineFixture()
        machine.write("/sys/class/dmi/id/sys_vendor", text)
        machine.write("/sys/class/dmi/id/product_name", text)
        #expect(await machine.state(.manufacturer)?.isUnknown == true)
        #expect(await machine.state(.model)?.isUnknown == true)
    }

    @Test func readsTheDeviceTreeWhereThereIsNoDMI() async throws {
        let machine = try MachineFixture()
        machine.write("/sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.4\0")
        machine.write("/sys/firmware/devicetree/base/compatible", "raspberrypi,4-model-b\0brcm,bcm2711\0")
        #expect(await machine.state(.model) == .known(.string("Raspberry Pi 4 Model B Rev 1.4")))
        #expect(await machine.state(.manufacturer) == .known(.string("raspberrypi")))
    }

    @Test func noFirmwareIsUnknown() async throws {
        #expect(await (try MachineFixture()).state(.model)?.isUnknown == true)
    }

    // MARK: - TPM

    private func tpm(_ version: String?, description: String? = nil) throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/sys/class/tpm/tpm0/device")
        if let version { machine.write("/sys/class/tpm/tpm0/tpm_version_major", version + "\n") }
        if let description { machine.write("/sys/class/tpm/tpm0/device/description", description + "\n") }
        return machine
    }

    @Test func tpm2IsPresent() async throws {
        #expect(await (try tpm("2")).state(.secureHardwarePresent) == .known(.boolean(true)))
        #expect(
            await (try tpm(nil, description: "TPM 2.0 Device")).state(.secureHardwarePresent) == .known(.boolean(true)))
    }

    @Test func tpm1DoesNotCount() async throws {
        #expect(await (try tpm("1")).state(.secureHardwarePresent) == .known(.boolean(false)))
    }

    @Test(arguments: [nil, "", "two"] as [String?])
    func tpmOfUnknownVersionIsUnknown(version: String?) async throws {
        #expect(await (try tpm(version)).state(.secureHardwarePresent)?.isUnknown == true)
    }

    @Test func firmwareWithoutATPMIsANo() async throws {
        let machine = try MachineFixture()
        machine.write("/sys/firmware/acpi/tables/FACP", "")
        #expect(await machine.state(.secureHardwarePresent) == .known(.boolean(false)))
    }

    @Test(arguments: ["TPM2", "TCPA"] as [String])
    func firmwareThatAnnouncesATPMWithoutDriverIsUnknown(table: String) async throws {
        let machine = try MachineFixture()
        machine.write("/sys/firmware/acpi/tables/FACP", "")
        machine.write("/sys/firmware/acpi/tables/\(table)", "")
        try machine.folder("/sys/class/tpm")
        #expect(await machine.state(.secureHardwarePresent)?.isUnknown == true)
    }

    @Test func neitherDeviceNorFirmwareTablesIsUnknown() async throws {
        let machine = try MachineFixture()
        #expect(await machine.state(.secureHardwarePresent)?.isUnknown == true)
        try machine.folder("/sys/firmware/acpi/tables")
        #expect(await machine.state(.secureHardwarePresent)?.isUnknown == true)
    }

    @Test func containerWithoutDevicesIsUnknown() async throws {
        let machine = try MachineFixture()
        machine.write("/sys/firmware/acpi/tables/FACP", "")
        machine.write("/run/systemd/container", "lxc")
        #expect(await machine.state(.secureHardwarePresent)?.isUnknown == true)
    }

    @Test func emulatedTPMIsSaidToBeOne() async throws {
        let machine = try tpm("2")
        machine.write("/sys/class/dmi/id/sys_vendor", "QEMU\n")
        let reading = await PostureCollector(system: machine.system).snapshot(of: [.secureHardwarePresent])
        #expect(reading[.secureHardwarePresent]?.evidence.contains { $0.contains("virtual") } == true)
    }
}

@Suite struct SecureBootTests {
    private static let global = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
    private static let shim = "605dab50-e046-4300-abb6-3dd810dd8b23"

    private func machine(_ variables: [String: [UInt8]]) throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/sys/firmware/efi/efivars")
        machine.write("/sys/firmware/efi/efivars/BootOrder-\(Self.global)", [7, 0, 0, 0, 0, 0])
        for (name, bytes) in variables {
            machine.write(
                "/sys/firmware/efi/efivars/\(name)-\(name == "MokSBStateRT" ? Self.shim : Self.global)", bytes)
        }
        return machine
    }

    @Test(
        arguments: [
            (UInt8(1), UInt8(0), [UInt8]?.none, true), (0, 0, nil, false), (1, 1, nil, false), (0, 1, nil, false),
            (1, 0, [6, 0, 0, 0, 0], true),
            (1, 0, [6, 0, 0, 0, 1], false), (1, 0, [7, 0, 0, 0, 1], true), (0, 0, [7, 0, 0, 0, 1], false),
        ] as [(UInt8, UInt8, [UInt8]?, Bool)])
    func followsTheKernelsRules(secureBoot: UInt8, setupMode: UInt8, mok: [UInt8]?, expected: Bool) async throws {
        var variables: [String: [UInt8]] = [
            "SecureBoot": [6, 0, 0, 0, secureBoot], "SetupMode": [6, 0, 0, 0, setupMode],
        ]
        variables["MokSBStateRT"] = mok
        #expect(await (try machine(variables)).state(.secureBoot) == .known(.boolean(expected)))
    }

    @Test(
        arguments: [
            ["SecureBoot": [6, 0, 0, 0, 1]], ["SecureBoot": [6, 0, 0, 0], "SetupMode": [6, 0, 0, 0, 0]],
            ["SecureBoot": [6, 0, 0, 0, 1, 0], "SetupMode": [6, 0, 0, 0, 0]],
            ["SecureBoot": [6, 0, 0, 0, 2], "SetupMode": [6, 0, 0, 0, 0]],
            ["SecureBoot": [1], "SetupMode": [6, 0, 0, 0, 0]], ["SecureBoot": [6, 0, 0, 0, 1], "SetupMode": []],
            ["SecureBoot": [6, 0, 0, 0, 1], "SetupMode": [6, 0, 0, 0, 0], "MokSBStateRT": [6, 0]],
        ] as [[String: [UInt8]]])
    func malformedVariablesAreUnknown(variables: [String: [UInt8]]) async throws {
        #expect(await (try machine(variables)).state(.secureBoot)?.isUnknown == true)
    }

    @Test func firmwareWithoutSecureBootIsANo() async throws {
        #expect(await (try machine([:])).state(.secureBoot) == .known(.boolean(false)))
    }

    @Test func variablesThatAreNotMountedAreUnknown() async throws {
        let machine = try MachineFixture()
        try machine.folder("/sys/firmware/efi/efivars")
        #expect(await machine.state(.secureBoot)?.isUnknown == true)
        machine.remove("/sys/firmware/efi/efivars")
        #expect(await machine.state(.secureBoot)?.isUnknown == true)
    }

    @Test func machineWithoutEFIDependsOnItsKind() async throws {
        let machine = try MachineFixture()
        #expect(await machine.state(.secureBoot) == .known(.boolean(false)))
        machine.architecture = .other
        #expect(await machine.state(.secureBoot)?.isNotApplicable == true)
        machine.architecture = .x86
        machine.write("/run/systemd/container", "docker")
        #expect(await machine.state(.secureBoot)?.isNotApplicable == true)
    }

    @Test func missingSysIsUnknown() async throws {
        let machine = try MachineFixture()
        machine.remove("/sys")
        #expect(await machine.state(.secureBoot)?.isUnknown == true)
    }
}
