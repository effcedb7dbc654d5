// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

@Suite struct FirmwareTests {
    private static let global = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
    private static let shim = "605dab50-e046-4300-abb6-3dd810dd8b23"
    private static let variables = "/sys/firmware/efi/efivars"

    // MARK: - Secure Boot

    private func secureBoot() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write("\(Self.variables)/SecureBoot-\(Self.global)", [6, 0, 0, 0, 1])
        machine.write("\(Self.variables)/SetupMode-\(Self.global)", [6, 0, 0, 0, 0])
        return machine
    }

    @Test func auditModeStartsWhatFails() async throws {
        let machine = try secureBoot()
        #expect(await machine.state(.secureBoot) == .known(.boolean(true)))
        machine.write("\(Self.variables)/AuditMode-\(Self.global)", [6, 0, 0, 0, 0])
        #expect(await machine.state(.secureBoot) == .known(.boolean(true)))
        machine.write("\(Self.variables)/AuditMode-\(Self.global)", [6, 0, 0, 0, 1])
        #expect(await machine.state(.secureBoot) == .known(.boolean(false)))
        machine.write("\(Self.variables)/AuditMode-\(Self.global)", [6, 0, 0, 0])
        #expect(await machine.state(.secureBoot)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("sbat,1,2023012900\nshim,2\n", "SbatLevelRT: 2023012900"), ("sbat,1,x\n", nil), ("", nil),
            ("SBAT\n", nil), ("sbat,1,2023012900,more\n", nil), (String(repeating: "s", count: 5000), nil),
        ] as [(String, String?)])
    func theRevocationsOfShimAreEvidence(text: String, line: String?) async throws {
        let machine = try secureBoot()
        machine.write("\(Self.variables)/SbatLevelRT-\(Self.shim)", [6, 0, 0, 0] + Array(text.utf8))
        let reading = try #require(await machine.reading(.secureBoot))
        #expect(reading.state == .known(.boolean(true)))
        #expect(reading.evidence.first { $0.hasPrefix("SbatLevelRT") } == line)
    }

    // MARK: - Version and date

    @Test func theVersionIsTheMakersText() async throws {
        let machine = try MachineFixture()
        machine.write("/sys/class/dmi/id/bios_version", "N32ET91W (1.67 )\n")
        #expect(await machine.state(.firmwareVersion) == .known(.string("N32ET91W (1.67 )")))
        machine.write("/sys/class/dmi/id/bios_version", "Default string\n")
        #expect(await machine.state(.firmwareVersion)?.isUnknown == true)
    }

    @Test func uBootStatesItsVersionInTheDeviceTree() async throws {
        let machine = try MachineFixture()
        #expect(await machine.state(.firmwareVersion)?.isUnknown == true)
        machine.write("/sys/firmware/devicetree/base/chosen/u-boot,version", "2024.04-rc5\0")
        #expect(await machine.state(.firmwareVersion) == .known(.string("2024.04-rc5")))
    }

    @Test(
        arguments: [
            ("07/31/2023\n", "2023-07-31"), ("2/9/2024", "2024-02-09"), ("04/01/2014\n", "2014-04-01"),
            ("02/29/2024", "2024-02-29"), ("12/31/98", "1998-12-31"),
        ] as [(String, String)])
    func theDateIsWrittenInOneForm(text: String, date: String) async throws {
        let machine = try MachineFixture()
        machine.write("/sys/class/dmi/id/bios_date", text)
        #expect(await machine.state(.firmwareDate) == .known(.string(date)))
    }

    @Test(
        arguments: [
            "", "\n", "Default string", "31/07/2023", "02/29/2023", "02/29/1900", "00/01/2020", "01/00/2020", "1/1/1",
            "01/01/020", "01/01/1979", "01/01/20200", "01-01-2020", "01/01/2020/1", "+1/01/2020", "١/١/٢٠٢٠",
            "01/01/05",
        ] as [String])
    func whatIsNoDateIsUnknown(text: String) async throws {
        let machine = try MachineFixture()
        machine.write("/sys/class/dmi/id/bios_date", text)
        #expect(await machine.state(.firmwareDate)?.isUnknown == true)
    }

    // MARK: - Virtual machines

    @Test(
        arguments: [
            ("QEMU", "Standard PC (Q35 + ICH9, 2009)", true), ("Microsoft Corporation", "Virtual Machine", true),
            ("Red Hat", "KVM", true), ("Apple Inc.", "Apple Virtualization Generic Platform", true),
            ("Google", "Google Compute Engine", true), ("Google", "Eve", false), ("LENOVO", "20XW004AGE", false),
            ("Microsoft Corporation", "Surface Laptop 4", false), ("", "", false),
        ] as [(String, String, Bool)])
    func virtualMachinesAreToldFromTheirMakers(vendor: String, product: String, isVirtual: Bool) {
        #expect(SecureHardwareCollector.isVirtual(vendor: vendor, product: product) == isVirtual)
    }

    // MARK: - Processor

    private func cpu(_ states: [String: String]) throws -> MachineFixture {
        let machine = try MachineFixture()
        for (name, text) in states { machine.write("\(CPUVulnerabilitiesCollector.path)/\(name)", text + "\n") }
        return machine
    }

    @Test func openWeaknessesAreNamed() async throws {
        let machine = try cpu([
            "meltdown": "Mitigation: PTI", "l1tf": "Not affected", "spec_store_bypass": "Vulnerable",
            "mds": "Vulnerable: Clear CPU buffers attempted, no microcode; SMT vulnerable",
            "itlb_multihit": "KVM: Mitigation: VMX disabled", "tsx_async_abort": "Processor vulnerable",
        ])
        #expect(
            await machine.state(.cpuVulnerabilities)
                == .known(
                    .strings(["mds=vulnerable", "spec_store_bypass=vulnerable", "tsx_async_abort=vulnerable"])))
        #expect(await machine.state(.cpuMitigated) == .known(.boolean(false)))
    }

    @Test func aProcessorWithoutOpenWeaknessesIsMitigated() async throws {
        let machine = try cpu([
            "meltdown": "Mitigation: PTI", "l1tf": "Not affected",
            "mds": "Mitigation: Clear CPU buffers; SMT vulnerable",
        ])
        #expect(await machine.state(.cpuVulnerabilities) == .known(.strings([])))
        let reading = try #require(await machine.reading(.cpuMitigated))
        #expect(reading.state == .known(.boolean(true)))
        // What does not hold for hyper-threads is told.
        #expect(reading.evidence == ["mds: Mitigation: Clear CPU buffers; SMT vulnerable"])
    }

    @Test(arguments: ["Unknown: Dependent on hypervisor status", "Unknown: No mitigations", "something new"])
    func whatTheKernelCannotTellIsNotMitigated(text: String) async throws {
        let machine = try cpu(["srbds": text, "meltdown": "Not affected"])
        #expect(await machine.state(.cpuVulnerabilities) == .known(.strings(["srbds=unknown"])))
        #expect(await machine.state(.cpuMitigated)?.isUnknown == true)
    }

    @Test func noTableOfWeaknessesIsUnknown() async throws {
        let machine = try MachineFixture()
        #expect(await machine.state(.cpuVulnerabilities)?.isUnknown == true)
        try machine.folder(CPUVulnerabilitiesCollector.path)
        #expect(await machine.state(.cpuVulnerabilities)?.isUnknown == true)
        #expect(await machine.state(.cpuMitigated)?.isUnknown == true)
    }

    // MARK: - Devices

    @Test func devicesInGroupsAreConfined() async throws {
        let machine = try MachineFixture()
        #expect(await machine.state(.iommuEnabled) == .known(.boolean(false)))
        try machine.folder("/sys/kernel/iommu_groups")
        #expect(await machine.state(.iommuEnabled) == .known(.boolean(false)))
        machine.write("/sys/kernel/iommu_groups/0/type", "DMA-FQ\n")
        machine.write("/sys/kernel/iommu_groups/1/type", "identity\n")
        #expect(await machine.state(.iommuEnabled) == .known(.boolean(true)))
        machine.remove("/sys/kernel/iommu_groups/0/type")
        #expect(await machine.state(.iommuEnabled) == .known(.boolean(true)))
        machine.write("/sys/kernel/iommu_groups/0/type", "nonsense\n")
        #expect(await machine.state(.iommuEnabled)?.isUnknown == true)
    }

    @Test func anIOMMUThatPassesEverythingThroughConfinesNothing() async throws {
        let machine = try MachineFixture()
        for group in 0..<3 { machine.write("/sys/kernel/iommu_groups/\(group)/type", "identity\n") }
        #expect(await machine.state(.iommuEnabled) == .known(.boolean(false)))
    }

    @Test func anIOMMUOfTheFirmwareThatIsNotUsedIsTold() async throws {
        let machine = try MachineFixture()
        try machine.folder("/sys/kernel/iommu_groups")
        machine.write("/sys/firmware/acpi/tables/DMAR", "")
        let reading = try #require(await machine.reading(.iommuEnabled))
        #expect(reading.state == .known(.boolean(false)))
        #expect(reading.evidence.contains { $0.contains("DMAR") })
        machine.remove("/sys")
        #expect(await machine.state(.iommuEnabled)?.isUnknown == true)
    }

    @Test func theWeakestThunderboltControllerCounts() async throws {
        let machine = try MachineFixture()
        try machine.folder("/sys/bus")
        #expect(await machine.state(.thunderboltSecurity)?.isNotApplicable == true)
        try machine.folder("/sys/bus/thunderbolt/devices")
        #expect(await machine.state(.thunderboltSecurity)?.isNotApplicable == true)
        machine.write("/sys/bus/thunderbolt/devices/domain0/security", "secure\n")
        #expect(await machine.state(.thunderboltSecurity) == .known(.string("secure")))
        machine.write("/sys/bus/thunderbolt/devices/domain1/security", "user\n")
        machine.write("/sys/bus/thunderbolt/devices/domain1/iommu_dma_protection", "1\n")
        let reading = try #require(await machine.reading(.thunderboltSecurity))
        #expect(reading.state == .known(.string("user")))
        #expect(reading.evidence.contains("domain1: user, its devices are confined by the IOMMU"))
        machine.write("/sys/bus/thunderbolt/devices/domain1/security", "none\n")
        #expect(await machine.state(.thunderboltSecurity) == .known(.string("none")))
        machine.write("/sys/bus/thunderbolt/devices/domain1/security", "nonsense\n")
        #expect(await machine.state(.thunderboltSecurity)?.isUnknown == true)
        machine.remove("/sys/bus/thunderbolt/devices/domain1/security")
        #expect(await machine.state(.thunderboltSecurity)?.isUnknown == true)
    }
}
