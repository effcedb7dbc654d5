// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `virtualization` and `containerType`: what the system runs in, in the words of systemd-detect-virt(1).
struct VirtualizationCollector: SignalCollector {
    let signals: [SignalName] = [.virtualization, .containerType]
    let mayWait = false

    static let cpuPath = "/proc/cpuinfo"
    static let dmiPath = "/sys/class/dmi/id"
    static let treePath = "/sys/firmware/devicetree/base"

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        let confinement = Confinement.detect(in: system)
        return [
            .containerType: system.reading(of: Self.container(confinement, in: system)),
            .virtualization: system.reading(of: Self.machine(confinement, in: system)),
        ]
    }

    private static func container(_ confinement: Confinement, in system: SystemView) -> Finding {
        let source = "/run/systemd/container"
        // Where nothing can be read there is no container to be seen either.
        guard (try? system.exists(KernelVersionCollector.path)) == true else {
            return .unknown("/proc is not mounted", source: source)
        }
        switch confinement {
        case .wsl: return .known("wsl", source: KernelVersionCollector.path)
        case .flatpak: return .known("flatpak", source: "/.flatpak-info")
        case .none:
            // What could not be looked at may be the sign of one.
            for path in [KernelVersionCollector.path] + Confinement.signs {
                do throws(ReadFailure) {
                    if path != "/.dockerenv" { _ = try system.attributeIfPresent(path) }
                    _ = try system.exists(path)
                } catch {
                    return .unknown(error, at: path)
                }
            }
            return .known("none", source: source)
        case .container(let name):
            guard name.utf8.count <= 64, name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                return .unknown("the container has no plain name", source: source)
            }
            return .known(name, source: source)
        }
    }

    private static func machine(_ confinement: Confinement, in system: SystemView) -> Finding {
        if confinement == .wsl { return .known("wsl", source: KernelVersionCollector.path) }
        do throws(ReadFailure) {
            var signs = MachineSigns()
            for field in ["product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"] {
                let path = "\(dmiPath)/\(field)"
                if let text = try system.attributeIfPresent(path) { signs.firmware.append(text) }
            }
            signs.hypervisorType = try system.attributeIfPresent("/sys/hypervisor/type")
            signs.isXenHost = try system.attributeIfPresent("/proc/xen/capabilities")?.contains("control_d") ?? false
            signs.clocks = try system.attributeIfPresent(
                "/sys/devices/system/clocksource/clocksource0/available_clocksource")
            signs.deviceTree = try system.attributeIfPresent("\(treePath)/hypervisor/compatible")
            signs.deviceTreeMachine = try system.attributeIfPresent("\(treePath)/compatible")
            if signs.deviceTreeMachine != nil {
                signs.hasFirmwareConfiguration = try system.list(treePath).contains { $0.hasPrefix("fw-cfg") }
            }
            signs.hasHypervisorFlag =
                system.architecture == .x86 ? try hypervisorFlag(in: system) : nil
            return signs.judge()
        } catch {
            return .unknown("what the machine says of itself \(error.predicate)", source: dmiPath)
        }
    }

    /// Whether the processor says that it is not a real one; `nil` where it says nothing.
    private static func hypervisorFlag(in system: SystemView) throws(ReadFailure) -> Bool? {
        var flags: [Substring]?
        do throws(ReadFailure) {
            try system.forEachLine(of: cpuPath, limit: 16 << 20) { line in
                guard line.starts(with: "flags".utf8) else { return true }
                flags = String(decoding: line, as: UTF8.self).split(whereSeparator: { $0.isWhitespace || $0 == ":" })
                return false
            }
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
        return flags.map { $0.contains("hypervisor") }
    }
}
