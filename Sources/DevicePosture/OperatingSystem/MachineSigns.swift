// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What tells a virtual machine, as the files of the kernel show it to everybody.
///
/// The processor itself names its hypervisor in a leaf of CPUID that no file shows; its flag in `/proc/cpuinfo` says that there is
/// one, and firmware, clocks and `/sys/hypervisor` say which.
struct MachineSigns: Hashable, Sendable {
    /// Product, makers and version of the firmware's table.
    var firmware: [String] = []
    /// `/sys/hypervisor/type`.
    var hypervisorType: String?
    /// Whether this is the system that governs Xen's machines, and so is none of them.
    var isXenHost = false
    /// The clocks that the kernel may use.
    var clocks: String?
    /// The hypervisor in the device tree.
    var deviceTree: String?
    /// What the device tree calls the whole machine.
    var deviceTreeMachine: String?
    /// Whether the device tree has QEMU's device for its configuration.
    var hasFirmwareConfiguration = false
    /// The processor's flag; `nil` where it has none to show.
    var hasHypervisorFlag: Bool?

    /// Beginnings of the firmware's texts and the machines that they are of.
    private static let makers: [(beginning: String, kind: String)] = [
        ("KVM", "kvm"), ("OpenStack", "kvm"), ("KubeVirt", "kvm"), ("Amazon EC2", "amazon"), ("QEMU", "qemu"),
        ("VMware", "vmware"), ("VMW", "vmware"), ("innotek GmbH", "oracle"), ("VirtualBox", "oracle"),
        ("Xen", "xen"), ("Bochs", "bochs"), ("Parallels", "parallels"), ("BHYVE", "bhyve"),
        ("Hyper-V", "microsoft"), ("Virtual Machine", "microsoft"), ("Apple Virtualization", "apple"),
        ("Google Compute Engine", "google"),
    ]
    /// Makers that rent out real machines with the same texts in their firmware.
    private static let alsoReal: Set<String> = ["amazon", "google"]
    private static let clockKinds: [(name: String, kind: String)] = [
        ("kvm-clock", "kvm"), ("hyperv_clocksource", "microsoft"), ("xen", "xen"),
    ]

    /// What they mean together.
    func judge() -> Finding {
        let source = VirtualizationCollector.dmiPath
        var evidence = firmware.map { "firmware: \($0)" }
        if let hasHypervisorFlag {
            evidence.append("the processor \(hasHypervisorFlag ? "has" : "does not have") the flag hypervisor")
        }
        if isXenHost {
            return .known("none", source: "/proc/xen/capabilities", evidence: ["the host of Xen's machines"])
        }
        if let kind = firmwareKind, hasHypervisorFlag != false || !Self.alsoReal.contains(kind) {
            // QEMU's firmware is the same with KVM and without.
            return .known(kind == "qemu" && clockKind == "kvm" ? "kvm" : kind, source: source, evidence: evidence)
        }
        if let kind = hypervisorType, ["xen", "kvm"].contains(kind) {
            return .known(kind, source: "/sys/hypervisor/type", evidence: evidence)
        }
        if let deviceTree {
            let kind = deviceTree.contains("linux,kvm") ? "kvm" : deviceTree.contains("xen") ? "xen" : "vm-other"
            return .known(kind, source: "/sys/firmware/devicetree/base/hypervisor", evidence: evidence)
        }
        if let machine = deviceTreeMachine, hasHypervisorFlag == nil, firmware.isEmpty {
            let isVirtual = hasFirmwareConfiguration || machine.contains("qemu,") || machine.contains("dummy-virt")
            return .known(isVirtual ? "qemu" : "none", source: "/sys/firmware/devicetree/base", evidence: evidence)
        }
        switch hasHypervisorFlag {
        case true?:
            return .known(clockKind ?? "vm-other", source: VirtualizationCollector.cpuPath, evidence: evidence)
        case false?: return .known("none", source: VirtualizationCollector.cpuPath, evidence: evidence)
        case nil where !firmware.isEmpty: return .known("none", source: source, evidence: evidence)
        case nil: return .unknown("neither processor nor firmware tell it", source: source, evidence: evidence)
        }
    }

    private var firmwareKind: String? {
        for text in firmware {
            for (beginning, kind) in Self.makers where text.hasPrefix(beginning) { return kind }
        }
        return nil
    }

    private var clockKind: String? {
        let names = (clocks ?? "").split(separator: " ")
        return Self.clockKinds.first { kind in names.contains { $0.hasPrefix(kind.name) } }?.kind
    }
}
