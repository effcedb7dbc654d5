// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

@Suite struct VirtualizationTests {
    private func machine(_ vendor: String?, _ product: String?, hypervisor: Bool?) throws -> MachineFixture {
        let machine = try MachineFixture()
        if let vendor { machine.write("/sys/class/dmi/id/sys_vendor", vendor + "\n") }
        if let product { machine.write("/sys/class/dmi/id/product_name", product + "\n") }
        if let hypervisor {
            machine.write("/proc/cpuinfo", "processor : 0\nflags : fpu\(hypervisor ? " hypervisor" : "")\n")
        }
        return machine
    }

    @Test(
        arguments: [
            ("LENOVO", "20XW0055GE", false, "none"), ("QEMU", "Standard PC (Q35 + ICH9, 2009)", true, "qemu"),
            ("Red Hat", "KVM", true, "kvm"), ("VMware, Inc.", "VMware7,1", true, "vmware"),
            ("innotek GmbH", "VirtualBox", true, "oracle"),
            ("Microsoft Corporation", "Virtual Machine", true, "microsoft"),
            ("Microsoft Corporation", "Surface Laptop 5", false, "none"), ("Xen", "HVM domU", true, "xen"),
            ("Parallels International GmbH.", "Parallels ARM Virtual Machine", true, "parallels"),
            ("Amazon EC2", "m5.large", true, "amazon"), ("Amazon EC2", "i3.metal", false, "none"),
            ("Google", "Google Compute Engine", true, "google"),
            ("OpenStack Foundation", "OpenStack Nova", true, "kvm"),
            ("LENOVO", "20XW0055GE", true, "vm-other"),
            ("Apple Inc.", "Apple Virtualization Generic Platform", true, "apple"),
            // Somebody hides the flag; the firmware tells.
            ("QEMU", "Standard PC", false, "qemu"),
        ] as [(String, String, Bool, String)])
    func machinesAreTold(vendor: String, product: String, hypervisor: Bool, kind: String) async throws {
        let machine = try machine(vendor, product, hypervisor: hypervisor)
        #expect(await machine.state(.virtualization) == .known(.string(kind)))
    }

    @Test(arguments: [
        ("kvm-clock tsc acpi_pm", "kvm"), ("hyperv_clocksource_tsc_page acpi_pm", "microsoft"), ("tsc xen", "xen"),
        ("tsc", "vm-other"),
    ])
    func aSmallMachineWithoutFirmwareIsToldByItsClock(clocks: String, kind: String) async throws {
        let machine = try machine(nil, nil, hypervisor: true)
        machine.write("/sys/devices/system/clocksource/clocksource0/available_clocksource", clocks + "\n")
        #expect(await machine.state(.virtualization) == .known(.string(kind)))
    }

    @Test func whatTellsNothingIsUnknown() async throws {
        #expect(await (try machine(nil, nil, hypervisor: nil)).state(.virtualization)?.isUnknown == true)
    }

    @Test func theHostOfXensMachinesIsNoneOfThem() async throws {
        let machine = try machine("Dell Inc.", "PowerEdge", hypervisor: true)
        machine.write("/sys/hypervisor/type", "xen\n")
        #expect(await machine.state(.virtualization) == .known(.string("xen")))
        machine.write("/proc/xen/capabilities", "control_d\n")
        #expect(await machine.state(.virtualization) == .known(.string("none")))
    }

    @Test(
        arguments: [
            ("raspberrypi,5-model-b\0brcm,bcm2712\0", nil, "none"), ("linux,dummy-virt\0", nil, "qemu"),
            ("acme,board\0", "linux,kvm\0", "kvm"), ("acme,board\0", "xen,xen-4.17\0", "xen"),
        ] as [(String, String?, String)])
    func machinesOfADeviceTreeAreTold(compatible: String, hypervisor: String?, kind: String) async throws {
        let machine = try MachineFixture()
        machine.architecture = .other
        machine.write("/sys/firmware/devicetree/base/compatible", compatible)
        if let hypervisor { machine.write("/sys/firmware/devicetree/base/hypervisor/compatible", hypervisor) }
        #expect(await machine.state(.virtualization) == .known(.string(kind)))
    }

    @Test(
        arguments: [
            ("/run/systemd/container", "systemd-nspawn\n", "systemd-nspawn"),
            ("/run/host/container-manager", "lxc\n", "lxc"),
            ("/run/.containerenv", "", "podman"), ("/.dockerenv", "", "docker"),
            ("/.flatpak-info", "[Application]\n", "flatpak"),
        ] as [(String, String, String)])
    func containersAreTold(path: String, text: String, kind: String) async throws {
        let machine = try machine("LENOVO", "20XW0055GE", hypervisor: false)
        #expect(await machine.state(.containerType) == .known(.string("none")))
        machine.write(path, text)
        #expect(await machine.state(.containerType) == .known(.string(kind)))
        // A container does not make the machine below it a virtual one.
        #expect(await machine.state(.virtualization) == .known(.string("none")))
    }

    @Test func aMachineThatWasMadeFromAnImageIsNoContainer() async throws {
        let machine = try machine(nil, nil, hypervisor: true)
        machine.write("/.dockerenv", "")
        machine.mount("/", "254:0", "ext4", "/dev/vda")
        #expect(await machine.state(.containerType) == .known(.string("none")))
    }

    /// systemd reads the processor's own answer, which no file shows.
    @Test(.enabled(if: Tool.exists("systemd-detect-virt"), "systemd is not installed"))
    func thisMachineIsWhatSystemdSays() async throws {
        let tool = try #require(Tool("systemd-detect-virt"))
        let theirs = try tool.run(["--vm"]).output.trimmed
        let ours = await PostureCollector().snapshot(of: [.virtualization])[.virtualization]?.state
        guard case .known(.string(let kind))? = ours else { return }
        #expect(kind == theirs || kind == "vm-other" && theirs != "none")
    }

    @Test(
        arguments: [(0, true), (250_000, true), (15_999_999, true), (16_000_000, false), (Int.max, false)]
            as [(Int, Bool)])
    func aClockIsKeptRightAsLongAsItsErrorIsBounded(error: Int, isKept: Bool) {
        #expect(TimeSynchronizedCollector.judge(greatestError: error).state == .known(.boolean(isKept)))
    }

    @Test func anErrorBelowZeroIsUnknown() {
        #expect(TimeSynchronizedCollector.judge(greatestError: -1).state.isUnknown)
    }

    @Test func theClockOfAFolderOfFilesIsUnknown() async throws {
        #expect(await (try MachineFixture()).state(.timeSynchronized)?.isUnknown == true)
    }
}
