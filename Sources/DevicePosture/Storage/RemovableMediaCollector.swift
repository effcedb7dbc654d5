// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `removableMediaPolicy`: what becomes of a disk that is plugged in, a text each rule, `what=state`.
struct RemovableMediaCollector: SignalCollector {
    /// What is asked whether this session may mount such a disk.
    static let unit = "polkit.service"

    var signals: [SignalName] { [.removableMediaPolicy] }
    /// polkit and the desktop's settings are asked by commands.
    var mayWait: Bool { true }

    func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        guard requested.contains(.removableMediaPolicy) else { return [:] }
        return [.removableMediaPolicy: system.reading(of: await find(in: system))]
    }

    private func find(in system: SystemView) async -> Finding {
        let source = "/etc/modprobe.d, \(USBRules.devicesPath), polkit, the desktop's settings"
        switch Confinement.detect(in: system) {
        case .container(let name):
            return .notApplicable("a container (\(name)) has no ports", source: source)
        case .wsl: return .notApplicable("the ports belong to the Windows host", source: source)
        case .flatpak: return .unknown("the sandbox hides the machine's settings", source: source)
        case .none: break
        }
        do {
            // An empty /sys is that of a tree of files, not of a machine without USB.
            if try !system.exists(USBRules.devicesPath), try system.exists("/sys/bus") {
                return .notApplicable("the kernel drives no USB", source: source)
            }
        } catch {
            return .unknown(error, at: USBRules.devicesPath)
        }
        async let mounting = mounting(system)
        async let automount = automount(system)
        let rules = USBRules(in: system)
        var entries = rules.entries
        entries.append("mounting=\(await mounting)")
        if let automount = await automount { entries.append("automount=\(automount)") }
        guard entries.contains(where: { !$0.hasSuffix("=unknown") }) else {
            return .unknown("nothing of it could be read", source: source, evidence: rules.evidence)
        }
        return Finding(.known(.strings(entries.sorted())), source: source, evidence: rules.evidence)
    }

    /// Whether this session may mount such a disk, by polkit's own answer: its rules are hidden from users. polkit is not started
    /// for it.
    private func mounting(_ system: SystemView) async -> String {
        let units = ["", "/systemd", "/unified"].map { "/sys/fs/cgroup\($0)/system.slice/\(Self.unit)" }
        guard units.contains(where: { (try? system.exists($0)) == true }) else { return "unknown" }
        return Self.mounting(await system.commands.run(.checkMountingRight, environment: system.environment))
    }

    /// What an answer of pkcheck(1) means.
    static func mounting(_ answer: Result<[UInt8], CommandFailure>) -> String {
        switch answer {
        case .success: "allowed"
        case .failure(.ended(status: 1)): "denied"
        case .failure(.ended(status: 2)): "asks"
        case .failure: "unknown"
        }
    }

    /// Whether the desktop mounts such a disk by itself; `nil` where there is no desktop, or one that has no such setting.
    private func automount(_ system: SystemView) async -> String? {
        let schema: Command.SettingsSchema
        switch DesktopSession.detect(in: system) {
        case .desktop(.gnome): schema = .gnomeMediaHandling
        case .desktop(.cinnamon): schema = .cinnamonMediaHandling
        case .desktop(.mate): schema = .mateMediaHandling
        case .none: return nil
        case .desktop, .other, .unknown: return "unknown"
        }
        switch await SettingsTable.read([SettingsKey(schema, "automount")], in: system) {
        case .failure: return "unknown"
        case .success(let settings):
            return settings.boolean("automount", of: schema).map { $0 ? "on" : "off" } ?? "unknown"
        }
    }
}
