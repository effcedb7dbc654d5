// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What becomes of a USB device that is plugged in, as files tell every user.
struct USBRules: Sendable {
    /// The folder of the devices and their hubs.
    static let devicesPath = "/sys/bus/usb/devices"

    /// The entries of the signal, `what=state`.
    private(set) var entries: [String] = []
    /// What was seen, a line each.
    private(set) var evidence: [String] = []

    /// Reads the rules of a machine.
    init(in system: SystemView) {
        entries.append("usbStorage=\(storage(system))")
        entries.append("usbAuthorization=\(authorization(system))")
        entries.append("usbguard=\(guardian(system))")
    }

    /// Whether the drivers of USB disks are kept from being loaded.
    ///
    /// A blacklist of `usb-storage` alone leaves the door of `uas` open, which brings it along.
    private mutating func storage(_ system: SystemView) -> String {
        let rules: ModuleRules
        do {
            rules = try ModuleRules(in: system)
        } catch {
            evidence.append("the rules of modprobe.d: a file \(error.predicate)")
            return "unknown"
        }
        if (try? system.exists("/sys/module/usb_storage")) == true {
            if rules.rule(for: "usb-storage") != .allowed {
                evidence.append("usb_storage is there in spite of its rule")
            }
            return "allowed"
        }
        guard rules.isComplete else { return "unknown" }
        let main = rules.rule(for: "usb-storage")
        // Without usb-storage, which it needs, uas cannot be loaded either.
        if main == .blocked { return "blocked" }
        let other = rules.rule(for: "uas")
        if main == .blacklisted, other < .blacklisted {
            evidence.append("usb-storage is blacklisted, but uas is not and brings it along")
        }
        return min(main, other) >= .blacklisted ? "blacklisted" : "allowed"
    }

    /// Whether the kernel lets a new device be used before somebody says so: the attribute of each root hub.
    private mutating func authorization(_ system: SystemView) -> String {
        do {
            let hubs = try system.list(Self.devicesPath).filter { $0.hasPrefix("usb") }
            let values = try hubs.map { hub throws(ReadFailure) in
                try system.attribute("\(Self.devicesPath)/\(hub)/authorized_default")
            }
            guard !values.isEmpty, values.allSatisfy(["0", "1", "2"].contains) else { return "unknown" }
            if values.contains("1") { return "all" }
            return values.contains("2") ? "internal" : "none"
        } catch {
            evidence.append("\(Self.devicesPath): a hub \(error.predicate)")
            return "unknown"
        }
    }

    /// Whether USBGuard runs: systemd keeps a control group for it then.
    private func guardian(_ system: SystemView) -> String {
        let units = ["", "/systemd", "/unified"].map { "/sys/fs/cgroup\($0)/system.slice/usbguard.service" }
        if units.contains(where: { (try? system.exists($0)) == true }) { return "running" }
        do {
            let isInstalled = try ["/usr/sbin/usbguard-daemon", "/usr/bin/usbguard-daemon"].contains {
                path throws(ReadFailure) in try system.exists(path)
            }
            // Nothing is absent from an empty folder.
            guard isInstalled else { return try system.exists("/usr/bin") ? "absent" : "unknown" }
            // Without systemd, or on a machine that does not run, nothing tells.
            return try system.exists("/run/systemd/system") ? "stopped" : "unknown"
        } catch {
            return "unknown"
        }
    }
}
