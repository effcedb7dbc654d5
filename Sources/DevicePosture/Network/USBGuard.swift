// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import MessageBus

/// The signal `usbGuard`: whether USBGuard decides which USB devices may be used.
struct USBGuardCollector: SignalCollector {
    static let unit = "usbguard.service"

    package var signals: [SignalName] { [.usbGuard] }

    package func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        guard requested.contains(.usbGuard) else { return [:] }
        return [.usbGuard: system.reading(of: find(in: system))]
    }

    private func find(in system: SystemView) -> Finding {
        let source = "systemd"
        switch Confinement.detect(in: system) {
        case .container(let name): return .notApplicable("a container (\(name)) has no devices", source: source)
        case .wsl: return .notApplicable("the devices are the Windows host's", source: source)
        case .flatpak: return .unknown("the sandbox hides the machine's services", source: source)
        case .none: break
        }
        switch UnitTable.read([Self.unit], in: system) {
        case .success(let table):
            guard let unit = table[Self.unit] else { return .unknown("systemd does not tell of it", source: source) }
            guard unit.isActive else {
                return .known(
                    false, source: source,
                    evidence: [unit.isInstalled ? "\(Self.unit) is \(unit.active)" : "USBGuard is not installed"])
            }
            return Self.policy(in: system)
        case .failure(let failure):
            guard let names = try? ProcessNames(in: system), let runs = names.runs("usbguard-daemon") else {
                return .unknown("systemd \(failure.predicate)", source: source)
            }
            return runs
                ? Self.policy(in: system) : .known(false, source: "/proc", evidence: ["usbguard-daemon does not run"])
        }
    }

    /// A daemon that runs guards nothing where devices that no rule names are let in.
    private static func policy(in system: SystemView) -> Finding {
        let question = ServiceQuestion.usbGuardImplicitPolicy
        switch system.services.answer(to: question) {
        case .success(.string("allow")):
            return .known(
                false, source: question.source, evidence: ["USBGuard runs, but lets in devices that no rule names"])
        case .success(.string(let target)):
            return .known(true, source: question.source, evidence: ["devices that no rule names: \(target)"])
        default:
            return .known(true, source: "systemd", evidence: ["USBGuard runs; its policy is not shown to this user"])
        }
    }
}
