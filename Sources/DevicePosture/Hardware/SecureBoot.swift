// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `secureBoot`: whether what the machine starts is verified, by the rules that the kernel's EFI stub follows.
///
/// `SecureBoot` 1 and `SetupMode` 0, unless the machine's owner switched verification off in shim (`MokSBStateRT`), or the
/// firmware only notes what fails it (`AuditMode`, UEFI 2.10 §32.3).
struct SecureBootCollector: SingleSignalCollector {
    static let name = SignalName.secureBoot
    static let efiPath = "/sys/firmware/efi"
    static let variablesPath = "/sys/firmware/efi/efivars"
    private static let globalVendor = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
    private static let shimVendor = "605dab50-e046-4300-abb6-3dd810dd8b23"

    /// An ``EFIVariable`` of one byte.
    struct Variable: Hashable, Sendable {
        /// The attributes; bit 0 is `EFI_VARIABLE_NON_VOLATILE` (UEFI 2.10 §8.2.1).
        let attributes: UInt32
        /// 0 or 1.
        let value: UInt8

        /// Parses the file, or gives `nil` where it is not exactly such a variable.
        init?(parsing bytes: [UInt8]) {
            guard let variable = EFIVariable(parsing: bytes), variable.data.count == 1, let value = variable.data.first,
                value <= 1
            else { return nil }
            attributes = variable.attributes
            self.value = value
        }

        var isNonVolatile: Bool { attributes & 1 == 1 }
    }

    func find(in system: SystemView) -> Finding {
        do {
            guard try system.exists(Self.efiPath) else { return withoutEFI(in: system) }
            let variables: [String]
            do {
                variables = try system.list(Self.variablesPath)
            } catch ReadFailure.absent {
                variables = []
            }
            guard !variables.isEmpty else {
                return .unknown("efivarfs is not mounted", source: Self.variablesPath)
            }
            guard let secureBoot = try variable("SecureBoot-\(Self.globalVendor)", in: system) else {
                return .known(
                    false, source: Self.variablesPath, evidence: ["the firmware has no SecureBoot variable"])
            }
            guard let setupMode = try variable("SetupMode-\(Self.globalVendor)", in: system) else {
                return .unknown("the firmware does not tell its SetupMode", source: Self.variablesPath)
            }
            let shim = try variable("MokSBStateRT-\(Self.shimVendor)", in: system)
            let audit = try variable("AuditMode-\(Self.globalVendor)", in: system)
            var finding = Self.judge(secureBoot: secureBoot, setupMode: setupMode, audit: audit, shim: shim)
            finding.evidence += revocationEvidence(in: system)
            return finding
        } catch {
            return .unknown(error, at: Self.variablesPath)
        }
    }

    /// Whether these variables together mean that what starts is verified.
    static func judge(secureBoot: Variable, setupMode: Variable, audit: Variable?, shim: Variable?) -> Finding {
        var evidence = ["SecureBoot: \(secureBoot.value)", "SetupMode: \(setupMode.value)"]
        var isEnforced = secureBoot.value == 1 && setupMode.value == 0
        if let audit, audit.value == 1 {
            evidence.append("AuditMode: 1")
            isEnforced = false
        }
        if let shim {
            evidence.append("MokSBStateRT: \(shim.value)\(shim.isNonVolatile ? ", not written by shim" : "")")
            // Shim mirrors its state into a volatile variable; a lasting one was written by somebody else.
            if shim.value == 1 && !shim.isNonVolatile { isEnforced = false }
        }
        return .known(isEnforced, source: variablesPath, evidence: evidence)
    }

    /// Which boot loaders shim refuses, by the day of its list (`sbat,1,2023012900`).
    private func revocationEvidence(in system: SystemView) -> [String] {
        guard let level = try? EFIVariable.read("SbatLevelRT-\(Self.shimVendor)", in: system),
            let line = level.data.split(separator: UInt8(ascii: "\n")).first, line.count <= 64
        else { return [] }
        let fields = line.split(separator: UInt8(ascii: ","))
        guard fields.count == 3, fields[0].elementsEqual("sbat".utf8), fields[2].allSatisfy({ (48...57).contains($0) })
        else { return [] }
        return ["SbatLevelRT: \(String(decoding: fields[2], as: UTF8.self))"]
    }

    private func variable(_ name: String, in system: SystemView) throws(ReadFailure) -> Variable? {
        let bytes: [UInt8]
        do {
            bytes = try system.read("\(Self.variablesPath)/\(name)", limit: 64)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
        guard let variable = Variable(parsing: bytes) else { throw .malformed }
        return variable
    }

    private func withoutEFI(in system: SystemView) -> Finding {
        switch Confinement.detect(in: system) {
        case .container(let name):
            return .notApplicable("a container (\(name)) has no firmware of its own", source: Self.efiPath)
        case .flatpak: return .unknown("the sandbox hides the firmware", source: Self.efiPath)
        case .wsl: return .notApplicable("the firmware is the Windows host's", source: Self.efiPath)
        case .none: break
        }
        guard (try? system.exists("/sys/kernel")) == true else {
            return .unknown("/sys is not mounted", source: Self.efiPath)
        }
        switch system.architecture {
        case .x86: return .known(false, source: Self.efiPath, evidence: ["the machine was not started by EFI firmware"])
        case .other: return .notApplicable("the machine was not started by EFI firmware", source: Self.efiPath)
        }
    }
}
