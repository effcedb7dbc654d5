// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The TPMs that the kernel drives; where it drives none, whether that is certain.
struct TPMSurvey: Hashable, Sendable {
    /// The versions of the TPM's specification.
    enum Family: String, Hashable, Sendable {
        /// TPM 1.1b and 1.2.
        case tpm12 = "1.2"
        /// TPM 2.0.
        case tpm20 = "2.0"

        /// The family that `tpm_version_major` states, or `nil` for what no kernel writes there.
        init?(majorVersion text: String) {
            switch text {
            case "1": self = .tpm12
            case "2": self = .tpm20
            default: return nil
            }
        }
    }

    /// A TPM.
    struct Chip: Hashable, Sendable {
        /// The kernel's name for it, `tpm0`.
        let name: String
        /// The family, `nil` where it could not be read.
        let family: Family?

        /// Its folder.
        var path: String { "\(TPMSurvey.classPath)/\(name)" }
        /// The device that many programs can use side by side.
        var resourceManager: String { "/dev/tpmrm\(name.dropFirst(3))" }
    }

    /// Whether it is certain that the machine has no TPM.
    enum Absence: Hashable, Sendable {
        /// It is, for this reason.
        case certain(String)
        /// It is not.
        case uncertain(reason: String, source: String)
    }

    static let classPath = "/sys/class/tpm"
    static let tablesPath = "/sys/firmware/acpi/tables"

    /// All of them, in the order of their names.
    let chips: [Chip]

    /// Looks for TPMs.
    init(in system: SystemView) throws(ReadFailure) {
        let names: [String]
        do {
            names = try system.list(Self.classPath, limit: 64)
        } catch ReadFailure.absent {
            names = []
        } catch {
            throw error
        }
        chips = names.filter(Self.isChip).map { Chip(name: $0, family: Self.family(of: $0, in: system)) }
    }

    /// The first TPM 2.0.
    var tpm20: Chip? { chips.first { $0.family == .tpm20 } }

    /// Whether a name is a TPM's own, not its resource manager's.
    private static func isChip(_ name: String) -> Bool {
        name.hasPrefix("tpm") && name.utf8.count > 3 && name.utf8.count < 8
            && name.utf8.dropFirst(3).allSatisfy { (48...57).contains($0) }
    }

    /// The family of a chip: its own attribute, or on kernels before 5.6 what its description says.
    private static func family(of chip: String, in system: SystemView) -> Family? {
        let path = "\(classPath)/\(chip)"
        do {
            if let text = try system.attributeIfPresent("\(path)/tpm_version_major") {
                return Family(majorVersion: text)
            }
            if let text = try system.attributeIfPresent("\(path)/device/description") {
                return text.contains("2.0") ? .tpm20 : nil
            }
            let capabilities = try system.attributeIfPresent("\(path)/device/caps")
            return capabilities?.contains("TCG version: 1.2") == true ? .tpm12 : nil
        } catch {
            return nil
        }
    }

    /// Where the kernel drives no TPM: only firmware that can be read, and announces none, makes that certain.
    static func absence(in system: SystemView) -> Absence {
        if case .container(let name) = Confinement.detect(in: system) {
            return .uncertain(
                reason: "a container (\(name)) does not see the machine's devices", source: Self.classPath)
        }
        do {
            let tables = try system.list(tablesPath)
            if let table = tables.first(where: { $0 == "TPM2" || $0 == "TCPA" }) {
                return .uncertain(
                    reason: "the firmware announces a TPM (\(table)) that the kernel does not drive", source: tablesPath
                )
            }
            guard !tables.isEmpty else { return .uncertain(reason: "no ACPI table can be seen", source: tablesPath) }
            return .certain("neither a TPM device nor an ACPI table of one")
        } catch ReadFailure.absent {
            return .uncertain(
                reason: "neither a TPM device nor ACPI tables that would tell of one", source: classPath)
        } catch {
            return .uncertain(reason: "\(tablesPath) \(error.predicate)", source: tablesPath)
        }
    }
}
