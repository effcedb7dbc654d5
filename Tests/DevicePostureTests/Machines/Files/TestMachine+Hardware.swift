// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension TestMachine {
    /// The files that signals of the group Hardware read and no other does.
    static let addHardware: @Sendable (String, MachineFixture) throws -> Void = { name, machine in
        switch name {
        case "debian-12", "debian-13", "ubuntu-24.04", "ubuntu-26.04", "fedora-44-workstation",
            "fedora-44-silverblue", "opensuse-tumbleweed":
            machine.firmwareRelease("N32ET91W (1.67 )", "07/31/2025")
            machine.efi(secureBoot: 1)
            machine.tpm("2", registers: 0, 7)
            machine.weaknesses(["meltdown": "Not affected", "spectre_v2": "Mitigation: Enhanced IBRS"])
            machine.groups("DMA-FQ", "DMA-FQ", "identity")
            machine.write("/sys/bus/thunderbolt/devices/domain0/security", "user\n")
        case "ubuntu-22.04":
            // Verification is switched off in shim, and the TPM is an old one.
            machine.firmwareRelease("A12", "11/02/2015")
            machine.efi(secureBoot: 1, shim: [6, 0, 0, 0, 1])
            machine.tpm("1")
            machine.weaknesses([
                "mds": "Vulnerable: Clear CPU buffers attempted, no microcode; SMT vulnerable",
                "l1tf": "Mitigation: PTE Inversion",
            ])
            machine.groups()
            try machine.folder("/sys/bus")
        case "arch":
            machine.firmwareRelease("1.80", "03/14/2025")
            machine.efi(secureBoot: 0)
            machine.tpm("2", registers: 0)
            machine.weaknesses(["spec_store_bypass": "Vulnerable"])
            machine.groups("identity", "identity")
            machine.write("/sys/bus/thunderbolt/devices/domain0/security", "none\n")
        case "nixos":
            machine.firmwareRelease("2025-05-01_1a2b3c4", "05/01/2025")
            machine.efi(secureBoot: 1, setupMode: 1)
            machine.tpm("2", registers: 0, 7, 11)
            machine.weaknesses(["meltdown": "Not affected"])
            machine.groups("DMA")
            try machine.folder("/sys/bus/thunderbolt/devices")
        case "steamos":
            machine.firmwareRelease("F7A0131", "01/30/2024")
            machine.efi(secureBoot: 0)
            machine.tpm("2", registers: 0, 7)
            machine.weaknesses(["meltdown": "Not affected"])
            machine.groups("DMA-FQ")
            try machine.folder("/sys/bus")
        case "rhel-9":
            machine.firmwareRelease("VMW201.00V.21805430.B64.2305221830", "05/22/2023")
            machine.efi(secureBoot: 1)
            machine.write("/sys/firmware/acpi/tables/FACP", "")
            machine.weaknesses(["srbds": "Unknown: Dependent on hypervisor status", "meltdown": "Not affected"])
            machine.groups()
            try machine.folder("/sys/bus")
        case "alpine":
            machine.write("/sys/firmware/devicetree/base/chosen/u-boot,version", "2025.10\0")
            machine.weaknesses(["meltdown": "Not affected", "spec_store_bypass": "Vulnerable"])
            try machine.folder("/sys/bus")
        case "container":
            machine.weaknesses(["meltdown": "Mitigation: PTI"])
            machine.groups("DMA-FQ")
            try machine.folder("/sys/bus")
        case "wsl2":
            machine.weaknesses(["meltdown": "Not affected", "retbleed": "Mitigation: Enhanced IBRS"])
            try machine.folder("/sys/bus")
        default: break
        }
    }
}

extension MachineFixture {
    func firmwareRelease(_ version: String, _ date: String) {
        write("/sys/class/dmi/id/bios_version", version + "\n")
        write("/sys/class/dmi/id/bios_date", date + "\n")
    }

    func efi(secureBoot: UInt8, setupMode: UInt8 = 0, shim: [UInt8]? = nil) {
        let folder = "/sys/firmware/efi/efivars"
        write("\(folder)/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", [6, 0, 0, 0, secureBoot])
        write("\(folder)/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c", [6, 0, 0, 0, setupMode])
        if let shim { write("\(folder)/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23", shim) }
    }

    /// A TPM, of whose registers 0, 7 and 11 these hold a measurement.
    func tpm(_ version: String, registers measured: Int...) {
        write("/sys/class/tpm/tpm0/tpm_version_major", version + "\n")
        guard version == "2" else { return }
        for number in [0, 7, 11] {
            let digest = String(repeating: measured.contains(number) ? "5C" : "00", count: 32)
            write("/sys/class/tpm/tpm0/pcr-sha256/\(number)", digest + "\n")
        }
    }

    func weaknesses(_ texts: [String: String]) {
        for (name, text) in texts { write("/sys/devices/system/cpu/vulnerabilities/\(name)", text + "\n") }
    }

    /// The groups of an IOMMU by their kinds.
    func groups(_ kinds: String...) {
        try? folder("/sys/kernel/iommu_groups")
        for (index, kind) in kinds.enumerated() { write("/sys/kernel/iommu_groups/\(index)/type", kind + "\n") }
    }
}
