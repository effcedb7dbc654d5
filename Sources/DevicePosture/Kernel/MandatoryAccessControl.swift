// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `mandatoryAccessControl`: which of the four modules that confine programs by a policy is enforced.
///
/// Asked is the kernel. What `/etc/selinux/config` says holds for the next start, if at all, and is evidence. A module that is
/// active and only notes (SELinux permissive, AppArmor in complain mode), or has no policy, does not count.
struct MandatoryAccessControlCollector: SingleSignalCollector {
    static let name = SignalName.mandatoryAccessControl

    /// Whether one module is enforced.
    enum State: Hashable, Sendable {
        /// It is; with a line of evidence.
        case enforced(String)
        /// It is not; with a line of evidence, where there is anything to tell.
        case notEnforced(String?)
        /// That could not be found out.
        case unknown(String)
    }

    static let selinuxPath = "/sys/fs/selinux/enforce"
    static let apparmorPath = "/sys/module/apparmor/parameters"
    static let tomoyoProfiles = "/sys/kernel/security/tomoyo/profile"

    func find(in system: SystemView) -> Finding {
        var modules: SecurityModuleList?
        var listFailure: Finding?
        do {
            modules = try SecurityModuleList.read(in: system)
        } catch {
            listFailure = SecurityFileSystem.unknown(error, at: SecurityModuleList.path)
        }
        let readers: [(String, (SystemView) -> State?)] = [
            ("selinux", Self.selinux), ("apparmor", Self.apparmor), ("smack", Self.smack), ("tomoyo", Self.tomoyo),
        ]
        var states: [(name: String, state: State)] = []
        for (name, read) in readers {
            // Where the kernel lists its modules, what is not in the list is not active, whatever else says so.
            if let modules, !modules.names.contains(name) { continue }
            switch read(system) {
            case .some(let state): states.append((name, state))
            case nil:
                if modules != nil { states.append((name, .unknown("it is active, but does not tell its mode"))) }
            }
        }
        return Self.judge(
            states, isComplete: modules != nil, listFailure: listFailure, hint: Self.configured(in: system))
    }

    /// What the states of the modules add up to.
    ///
    /// - Parameter isComplete: whether modules that are missing among the states are known not to be active.
    static func judge(
        _ states: [(name: String, state: State)], isComplete: Bool, listFailure: Finding?, hint: String?
    ) -> Finding {
        var evidence: [String] = []
        var enforced: String?
        var unknown: String?
        for (name, state) in states {
            switch state {
            case .enforced(let line):
                evidence.append("\(name): \(line)")
                enforced = enforced ?? name
            case .notEnforced(let line):
                if let line { evidence.append("\(name): \(line)") }
            case .unknown(let reason): unknown = unknown ?? "\(name): \(reason)"
            }
        }
        if let hint { evidence.append(hint) }
        let source = SecurityModuleList.path
        if let enforced { return .known(enforced, source: source, evidence: evidence) }
        if let unknown { return .unknown(unknown, source: source, evidence: evidence) }
        if isComplete { return .known("none", source: source, evidence: evidence) }
        var finding = listFailure ?? .unknown("this kernel does not list its security modules", source: source)
        finding.evidence = evidence
        return finding
    }

    /// SELinux: enforcing, or permissive; `nil` where its file system is not there.
    private static func selinux(_ system: SystemView) -> State? {
        do {
            switch try system.attributeIfPresent(selinuxPath) {
            case nil: return nil
            case "1": return .enforced("enforcing")
            case "0": return .notEnforced("permissive: it notes, and forbids nothing")
            case .some: return .unknown("\(selinuxPath) is not understood")
            }
        } catch {
            return .unknown("\(selinuxPath) \(error.predicate)")
        }
    }

    /// AppArmor: enabled, not in complain mode, and with a profile that is enforced.
    private static func apparmor(_ system: SystemView) -> State? {
        do {
            guard let enabled = try system.attributeIfPresent("\(apparmorPath)/enabled") else { return nil }
            guard enabled == "Y" || enabled == "1" else {
                return enabled == "N" || enabled == "0"
                    ? .notEnforced("disabled") : .unknown("\(apparmorPath)/enabled is not understood")
            }
        } catch {
            return .unknown("\(apparmorPath)/enabled \(error.predicate)")
        }
        do {
            let mode = try system.attributeIfPresent("\(apparmorPath)/mode")
            if let mode, mode == "complain" || mode == "unconfined" {
                return .notEnforced("all profiles are in \(mode) mode")
            }
        } catch ReadFailure.denied {
            // Only root may read it.
        } catch {
            return .unknown("\(apparmorPath)/mode \(error.predicate)")
        }
        return AppArmorProfiles.state(in: system)
    }

    /// Smack: it has no mode in which it only notes.
    private static func smack(_ system: SystemView) -> State? {
        guard (try? system.exists("/sys/fs/smackfs/load2")) == true else { return nil }
        return .enforced("active")
    }

    /// TOMOYO, which many kernels list as active without any policy: that takes its loader, and a profile that enforces.
    private static func tomoyo(_ system: SystemView) -> State? {
        let path = tomoyoProfiles
        do {
            if let bytes = try system.readIfPresent(path, limit: 1024 * 1024) {
                return enforces(tomoyoProfile: bytes)
                    ? .enforced("a profile is in enforcing mode") : .notEnforced("no profile is in enforcing mode")
            }
        } catch ReadFailure.denied {
            // Whether there can be a policy at all is told by the loader.
        } catch {
            return .unknown("\(path) \(error.predicate)")
        }
        let loaders = ["/sbin/tomoyo-init", "/usr/sbin/tomoyo-init"]
        if loaders.allSatisfy({ (try? system.exists($0)) == false }) {
            return .notEnforced("active, but nothing loads a policy")
        }
        return .unknown("its profiles need the posture helper")
    }

    /// Whether a profile such as `3-CONFIG={ mode=enforcing grant_log=no }` is in force.
    static func enforces(tomoyoProfile bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { line in
            line.contains("CONFIG") && line.contains("={") && line.split(separator: " ").contains("mode=enforcing")
        }
    }

    /// What the configuration of SELinux asks for.
    private static func configured(in system: SystemView) -> String? {
        guard let bytes = try? system.read("/etc/selinux/config", limit: 64 * 1024) else { return nil }
        return configuredMode(bytes).map { "/etc/selinux/config says SELINUX=\($0)" }
    }

    /// The mode in a configuration file of SELinux: the last assignment stands, comments do not.
    static func configuredMode(_ bytes: [UInt8]) -> String? {
        var mode: String?
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let text = line.trimmed
            guard text.hasPrefix("SELINUX=") else { continue }
            let value = text.dropFirst(8).trimmed.lowercased()
            if ["enforcing", "permissive", "disabled"].contains(value) { mode = value }
        }
        return mode
    }
}
