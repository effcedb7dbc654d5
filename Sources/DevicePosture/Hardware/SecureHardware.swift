// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `secureHardwarePresent`: whether the kernel drives a TPM 2.0.
///
/// Whether a person's programs may use it is another matter, and a virtual machine's TPM is as good as its host; the
/// evidence says when the machine is virtual. Security keys and smart cards do not count.
struct SecureHardwareCollector: SingleSignalCollector {
    static let name = SignalName.secureHardwarePresent
    static let classPath = "/sys/class/tpm"
    static let tablesPath = "/sys/firmware/acpi/tables"

    func find(in system: SystemView) -> Finding {
        let chips: [String]
        do {
            chips = try system.list(Self.classPath).filter { $0.hasPrefix("tpm") && !$0.hasPrefix("tpmrm") }
        } catch ReadFailure.absent {
            chips = []
        } catch {
            return .unknown(error, at: Self.classPath)
        }
        guard !chips.isEmpty else { return withoutChip(in: system) }
        var evidence = machineEvidence(in: system)
        var unreadable: String?
        for chip in chips {
            switch version(of: chip, in: system) {
            case .some(2):
                return .known(true, source: "\(Self.classPath)/\(chip)", evidence: ["\(chip): TPM 2.0"] + evidence)
            case .some(let other): evidence.append("\(chip): TPM \(other).x, which does not count")
            case nil: unreadable = chip
            }
        }
        if let unreadable {
            return .unknown(
                "the version of \(unreadable) could not be read", source: Self.classPath, evidence: evidence)
        }
        return .known(false, source: Self.classPath, evidence: evidence)
    }

    /// The major version of a chip: its own attribute, or on kernels before 5.6 what its description says.
    private func version(of chip: String, in system: SystemView) -> Int? {
        let path = "\(Self.classPath)/\(chip)"
        if let text = try? system.attribute("\(path)/tpm_version_major") { return Int(text) }
        if let text = try? system.attribute("\(path)/device/description") {
            return text.contains("2.0") ? 2 : nil
        }
        if let text = try? system.attribute("\(path)/device/caps"), text.contains("TCG version: 1.2") { return 1 }
        return nil
    }

    /// A machine without a chip that the kernel drives: only firmware that can be read, and announces none, is a "no".
    private func withoutChip(in system: SystemView) -> Finding {
        if case .container(let name) = Confinement.detect(in: system) {
            return .unknown("a container (\(name)) does not see the machine's devices", source: Self.classPath)
        }
        do {
            let tables = try system.list(Self.tablesPath)
            if let table = tables.first(where: { $0 == "TPM2" || $0 == "TCPA" }) {
                return .unknown(
                    "the firmware announces a TPM (\(table)) that the kernel does not drive", source: Self.tablesPath)
            }
            guard !tables.isEmpty else { return .unknown("no ACPI table can be seen", source: Self.tablesPath) }
            return .known(false, source: Self.tablesPath, evidence: ["neither a TPM device nor an ACPI table of one"])
        } catch ReadFailure.absent {
            return .unknown("neither a TPM device nor ACPI tables that would tell of one", source: Self.classPath)
        } catch {
            return .unknown(error, at: Self.tablesPath)
        }
    }

    private func machineEvidence(in system: SystemView) -> [String] {
        guard let vendor = try? system.attribute("/sys/class/dmi/id/sys_vendor") else { return [] }
        let product = (try? system.attribute("/sys/class/dmi/id/product_name")) ?? ""
        let hosts = ["QEMU", "VMware", "innotek", "Xen", "Amazon EC2", "Google", "Parallels", "OpenStack"]
        let isVirtual =
            hosts.contains { vendor.hasPrefix($0) } || product == "Virtual Machine" || product.hasPrefix("KVM")
        return isVirtual ? ["the machine is virtual, so the TPM is the host's program"] : []
    }
}
