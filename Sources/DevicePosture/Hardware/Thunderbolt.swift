// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `thunderboltSecurity`: what a Thunderbolt device that is plugged in may do, the weakest of all controllers.
///
/// Source: the kernel's guide "USB4 and Thunderbolt", security levels.
struct ThunderboltCollector: SingleSignalCollector {
    static let name = SignalName.thunderboltSecurity
    static let path = "/sys/bus/thunderbolt/devices"

    /// The security levels of a controller.
    enum Level: String, Hashable, Sendable, CaseIterable {
        /// Everything is connected.
        case none
        /// What a person approved once is connected.
        case user
        /// The same, if the device proves that it is that one.
        case secure
        /// No PCI Express is tunnelled.
        case noPCIe = "nopcie"
        /// USB and display alone.
        case usbOnly = "usbonly"
        /// Display alone.
        case displayPortOnly = "dponly"

        /// How much it forbids.
        var strength: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    func find(in system: SystemView) -> Finding {
        do {
            let domains = try system.list(Self.path, limit: 4096).filter { $0.hasPrefix("domain") }
            guard !domains.isEmpty else {
                return .notApplicable("there is no Thunderbolt controller", source: Self.path)
            }
            var weakest: Level?
            var evidence: [String] = []
            for domain in domains {
                let text = try system.attribute("\(Self.path)/\(domain)/security")
                guard let level = Level(rawValue: text) else {
                    return .unknown("the security level of \(domain) is not understood", source: Self.path)
                }
                if level.strength < weakest?.strength ?? .max { weakest = level }
                let confined = try? system.attribute("\(Self.path)/\(domain)/iommu_dma_protection")
                evidence.append(
                    "\(domain): \(level.rawValue)" + (confined == "1" ? ", its devices are confined by the IOMMU" : ""))
            }
            guard let weakest else { return .unknown("no security level was read", source: Self.path) }
            return .known(weakest.rawValue, source: Self.path, evidence: evidence)
        } catch ReadFailure.absent {
            return absent(in: system)
        } catch {
            return .unknown(error, at: Self.path)
        }
    }

    private func absent(in system: SystemView) -> Finding {
        if case .container(let name) = Confinement.detect(in: system) {
            return .unknown("a container (\(name)) does not see the machine's devices", source: Self.path)
        }
        guard (try? system.exists("/sys/bus")) == true else {
            return .unknown("/sys is not mounted", source: Self.path)
        }
        guard (try? system.exists(Self.path)) == false else {
            return .unknown("a controller does not tell its security level", source: Self.path)
        }
        return .notApplicable("the kernel drives no Thunderbolt controller", source: Self.path)
    }
}
