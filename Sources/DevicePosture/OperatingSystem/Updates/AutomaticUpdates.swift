// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `automaticUpdates`: whether security updates are installed without anybody doing it.
struct AutomaticUpdatesCollector: SingleSignalCollector {
    static let name = SignalName.automaticUpdates
    private static let systemd = "/etc/systemd/system"

    func find(in system: SystemView) -> Finding {
        do throws(ReadFailure) {
            guard let manager = try PackageManager.detect(in: system) else {
                return .unknown("the package manager of this distribution is not known", source: OSRelease.paths[0])
            }
            return try Self.find(manager, in: system)
        } catch {
            return .unknown(error, at: Self.systemd)
        }
    }

    private static func find(_ manager: PackageManager, in system: SystemView) throws(ReadFailure) -> Finding {
        switch manager {
        case .apt: return try apt(in: system)
        case .dnf: return try dnf(in: system)
        case .rpmOSTree: return try rpmOSTree(in: system)
        case .bootc: return try units(["bootc-fetch-apply-updates.timer", "uupd.timer"], in: system)
        case .zypper: return try units(["os-update.timer", "transactional-update.timer"], in: system)
        case .transactionalUpdate: return try units(["transactional-update.timer"], in: system)
        case .nix: return try units(["nixos-upgrade.timer"], in: system)
        case .pacman, .apk:
            return .known(
                false, source: OSRelease.paths[0], evidence: ["this package manager has no updater of its own"])
        case .steamOS:
            return .unknown("SteamOS fetches images by settings of the Steam client", source: OSRelease.paths[0])
        }
    }

    private static func units(_ names: [String], in system: SystemView) throws(ReadFailure) -> Finding {
        if let name = try UnitLinks(in: system).firstEnabled(of: names) {
            return .known(true, source: systemd, evidence: ["enabled: \(name)"])
        }
        return .known(false, source: systemd, evidence: names.map { "not enabled: \($0)" })
    }

    // MARK: APT

    private static func apt(in system: SystemView) throws(ReadFailure) -> Finding {
        let configuration: AptConfiguration
        do throws(ReadFailure) { configuration = try AptConfiguration(in: system) } catch {
            return .unknown(error, at: AptConfiguration.folder)
        }
        var isInstalled = false
        for name in ["unattended-upgrade", "unattended-upgrades"] where try system.exists("/usr/bin/\(name)") {
            isInstalled = true
        }
        let links = try UnitLinks(in: system)
        var hasTimer = links.isEnabled("apt-daily.timer") && links.isEnabled("apt-daily-upgrade.timer")
        if !hasTimer, try !system.exists("/usr/lib/systemd/systemd") {
            hasTimer = try system.exists("/etc/cron.daily/apt-compat")
        }
        return judge(configuration, isInstalled: isInstalled, hasTimer: hasTimer)
    }

    /// Whether APT's settings, unattended-upgrades and the timers together install security updates.
    static func judge(_ configuration: AptConfiguration, isInstalled: Bool, hasTimer: Bool) -> Finding {
        let isOn = configuration.values["apt::periodic::enable"].map { $0 != "0" } ?? true
        var missing: [String] = []
        if !isInstalled { missing.append("unattended-upgrades is not installed") }
        if !isOn { missing.append("APT::Periodic::Enable is 0") }
        for name in ["Update-Package-Lists", "Unattended-Upgrade"] where !configuration.isPeriodic(name) {
            missing.append("APT::Periodic::\(name) is off")
        }
        if !hasTimer { missing.append("apt-daily.timer or apt-daily-upgrade.timer is not enabled") }
        let origins = ["Allowed-Origins", "Origins-Pattern"].flatMap {
            configuration.entries("Unattended-Upgrade::\($0)")
        }
        if origins.isEmpty { missing.append("Unattended-Upgrade allows no origin") }
        guard missing.isEmpty else { return .known(false, source: AptConfiguration.folder, evidence: missing) }
        guard origins.contains(where: { holdsSecurity($0.lowercased()) }) else {
            return .unknown(
                "whether the origins of Unattended-Upgrade are those of security updates cannot be told",
                source: AptConfiguration.folder)
        }
        return .known(
            true, source: AptConfiguration.folder, evidence: ["unattended-upgrades, by apt-daily-upgrade.timer"])
    }

    private static func holdsSecurity(_ origin: String) -> Bool {
        // The codename alone does not reach the security suite, which has had one of its own since Debian 11.
        origin.contains("security") || ["origin=debian", "o=debian", "*"].contains(origin)
    }

    // MARK: RPM

    private static func dnf(in system: SystemView) throws(ReadFailure) -> Finding {
        let links = try UnitLinks(in: system)
        if let timer = links.firstEnabled(of: ["dnf-automatic-install.timer", "dnf5-automatic-install.timer"]) {
            return .known(true, source: systemd, evidence: ["enabled: \(timer)"])
        }
        guard let timer = links.firstEnabled(of: ["dnf5-automatic.timer", "dnf-automatic.timer"]) else {
            return .known(false, source: systemd, evidence: ["no timer of dnf-automatic is enabled"])
        }
        // Of the administrator's two files, of which the second is DNF 5's former place, the first that is there counts.
        var path = "/etc/dnf/automatic.conf"
        var value: String?
        do throws(ReadFailure) {
            let own = try system.firstExisting(of: [path, "/etc/dnf/dnf5-plugins/automatic.conf"])
            for file in ["/usr/share/dnf5/dnf5-plugins/automatic.conf", own].compactMap({ $0 }) {
                path = file
                guard let bytes = try system.readIfPresent(file) else { continue }
                guard let settings = INISettings(parsing: bytes) else { throw .malformed }
                value = settings["commands", "apply_updates"] ?? value
            }
        } catch {
            return .unknown(error, at: path)
        }
        let isOn = ["yes", "true", "1", "on"].contains(value?.lowercased() ?? "no")
        return .known(
            isOn, source: path, evidence: ["enabled: \(timer)", "apply_updates: \(value ?? "not set")"])
    }

    private static func rpmOSTree(in system: SystemView) throws(ReadFailure) -> Finding {
        let links = try UnitLinks(in: system)
        let others = ["zincati.service", "bootc-fetch-apply-updates.timer", "uupd.timer", "ublue-update.timer"]
        if let unit = links.firstEnabled(of: others) {
            return .known(true, source: systemd, evidence: ["enabled: \(unit)"])
        }
        let path = "/etc/rpm-ostreed.conf"
        let policy: String
        do throws(ReadFailure) {
            guard let settings = INISettings(parsing: try system.readIfPresent(path) ?? []) else { throw .malformed }
            policy = settings["Daemon", "AutomaticUpdatePolicy"] ?? "none"
        } catch {
            return .unknown(error, at: path)
        }
        let hasTimer = links.isEnabled("rpm-ostreed-automatic.timer")
        return .known(
            hasTimer && ["stage", "apply"].contains(policy), source: path,
            evidence: [
                "AutomaticUpdatePolicy: \(policy)",
                "rpm-ostreed-automatic.timer: \(hasTimer ? "enabled" : "not enabled")",
            ])
    }
}
