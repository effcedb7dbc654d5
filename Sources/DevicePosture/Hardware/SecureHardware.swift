// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `secureHardwarePresent`: whether the kernel drives a TPM 2.0.
///
/// Whether a person's programs may use it is another matter (``TPMUsableCollector``), and a virtual machine's TPM is as good
/// as its host; the evidence says when the machine is virtual. Security keys and smart cards do not count.
struct SecureHardwareCollector: SingleSignalCollector {
    static let name = SignalName.secureHardwarePresent

    func find(in system: SystemView) -> Finding {
        let survey: TPMSurvey
        do {
            survey = try TPMSurvey(in: system)
        } catch {
            return .unknown(error, at: TPMSurvey.classPath)
        }
        guard !survey.chips.isEmpty else {
            switch TPMSurvey.absence(in: system) {
            case .certain(let why): return .known(false, source: TPMSurvey.tablesPath, evidence: [why])
            case .uncertain(let reason, let source): return .unknown(reason, source: source)
            }
        }
        var evidence = machineEvidence(in: system)
        if let chip = survey.tpm20 {
            return .known(true, source: chip.path, evidence: ["\(chip.name): TPM 2.0"] + evidence)
        }
        evidence += survey.chips.filter { $0.family == .tpm12 }.map { "\($0.name): TPM 1.x, which does not count" }
        if let unread = survey.chips.first(where: { $0.family == nil }) {
            return .unknown(
                "the version of \(unread.name) could not be read", source: TPMSurvey.classPath, evidence: evidence)
        }
        return .known(false, source: TPMSurvey.classPath, evidence: evidence)
    }

    private func machineEvidence(in system: SystemView) -> [String] {
        let isXen = (try? system.attribute("/sys/hypervisor/type")) == "xen"
        let vendor = (try? system.attribute("/sys/class/dmi/id/sys_vendor")) ?? ""
        let product = (try? system.attribute("/sys/class/dmi/id/product_name")) ?? ""
        return isXen || Self.isVirtual(vendor: vendor, product: product)
            ? ["the machine is virtual, so the TPM is the host's program"] : []
    }

    /// Whether the firmware names a virtual machine's maker.
    static func isVirtual(vendor: String, product: String) -> Bool {
        let makers = [
            "QEMU", "VMware", "innotek", "Xen", "Amazon EC2", "Google", "Parallels", "OpenStack", "BHYVE", "Bochs",
            "Nutanix", "DigitalOcean", "Hetzner", "Alibaba Cloud", "Tencent Cloud", "Vultr", "Scaleway", "Linode",
            "Red Hat",
        ]
        let products = [
            "Virtual Machine", "KVM", "VirtualBox", "Standard PC", "Apple Virtualization", "Google Compute Engine",
        ]
        // Google's own Chromebooks are real machines by the same maker.
        let isChromebook = vendor.hasPrefix("Google") && !product.hasPrefix("Google Compute Engine")
        return (!isChromebook && makers.contains { vendor.hasPrefix($0) })
            || products.contains { product.hasPrefix($0) }
    }
}
