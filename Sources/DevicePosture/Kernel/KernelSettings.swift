// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// A setting of the kernel below `/proc/sys`, by its name as sysctl(8) writes it.
struct KernelSetting: Hashable, Sendable {
    /// What was found of one.
    enum Value: Hashable, Sendable {
        /// The number.
        case number(Int)
        /// This kernel has no such setting, which is not the same as 0.
        case absent
        /// Only root may read it.
        case denied
        /// It could not be read; the end of a sentence that begins with the setting.
        case unknown(String)
    }

    /// The settings that are reported.
    static let names = [
        "dev.tty.ldisc_autoload", "fs.protected_fifos", "fs.protected_hardlinks", "fs.protected_regular",
        "fs.protected_symlinks", "fs.suid_dumpable", "kernel.apparmor_restrict_unprivileged_userns",
        "kernel.dmesg_restrict", "kernel.io_uring_disabled", "kernel.kexec_load_disabled", "kernel.kptr_restrict",
        "kernel.modules_disabled", "kernel.perf_event_paranoid", "kernel.randomize_va_space", "kernel.sysrq",
        "kernel.unprivileged_bpf_disabled", "kernel.unprivileged_userns_clone", "kernel.yama.ptrace_scope",
        "net.core.bpf_jit_harden", "net.ipv4.ip_forward", "net.ipv4.tcp_syncookies", "net.ipv6.conf.all.forwarding",
        "user.max_user_namespaces", "vm.mmap_min_addr", "vm.unprivileged_userfaultfd",
    ]

    /// Why a setting is not told: the kernel asks for root's number, whatever other rights a process has (proc(5)), so that the
    /// posture helper may not read it either.
    static let rootAlone = "can be read by root alone"

    /// The file of a setting.
    static func path(of name: String) -> String {
        "/proc/sys/" + String(name.map { $0 == "." ? "/" : $0 })
    }

    /// The number in the file of a setting, or `nil` where there is anything else.
    static func number(_ bytes: [UInt8]) -> Int? {
        guard bytes.count <= 32 else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).trimmed
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard (1...19).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// Reads a setting.
    static func read(_ name: String, in system: SystemView) -> Value {
        do {
            guard let bytes = try system.readIfPresent(path(of: name), limit: 4096) else { return .absent }
            guard let number = number(bytes) else { return .unknown(ReadFailure.malformed.predicate) }
            return .number(number)
        } catch {
            return error == .denied ? .denied : .unknown(error.predicate)
        }
    }
}

/// A yes-or-no signal that one or more settings make up: each must be as it should.
struct KernelSettingRule: Sendable {
    /// The signal.
    let name: SignalName
    /// The settings, and what each should be.
    let settings: [(name: String, isGood: @Sendable (Int) -> Bool)]

    /// The finding from the values.
    func judge(_ value: (String) -> KernelSetting.Value) -> Finding {
        let source = KernelSetting.path(of: settings[0].name)
        var evidence: [String] = []
        var isBad = false
        var unknown: String?
        var absent: String?
        for setting in settings {
            switch value(setting.name) {
            case .number(let number):
                evidence.append("\(setting.name)=\(number)")
                if !setting.isGood(number) { isBad = true }
            case .absent: absent = absent ?? setting.name
            case .denied: unknown = unknown ?? "\(setting.name) \(KernelSetting.rootAlone)"
            case .unknown(let why): unknown = unknown ?? "\(setting.name) \(why)"
            }
        }
        // One setting that is wrong is enough for a "no"; one that is right is not enough for a "yes".
        if isBad { return .known(false, source: source, evidence: evidence) }
        if let unknown { return .unknown(unknown, source: source, evidence: evidence) }
        if let absent {
            return .notApplicable("this kernel has no \(absent)", source: source, evidence: evidence)
        }
        return .known(true, source: source, evidence: evidence)
    }

    /// All of them.
    static let all: [KernelSettingRule] = [
        KernelSettingRule(
            name: .addressSpaceRandomization, settings: [("kernel.randomize_va_space", { $0 == 2 })]),
        KernelSettingRule(
            name: .processTracingRestricted, settings: [("kernel.yama.ptrace_scope", { $0 >= 1 })]),
        KernelSettingRule(name: .kernelPointersHidden, settings: [("kernel.kptr_restrict", { $0 >= 1 })]),
        KernelSettingRule(name: .kernelLogRestricted, settings: [("kernel.dmesg_restrict", { $0 == 1 })]),
        KernelSettingRule(
            name: .unprivilegedBPFDisabled, settings: [("kernel.unprivileged_bpf_disabled", { $0 == 1 || $0 == 2 })]),
        KernelSettingRule(name: .kexecDisabled, settings: [("kernel.kexec_load_disabled", { $0 == 1 })]),
        KernelSettingRule(
            name: .linksProtected,
            settings: [("fs.protected_symlinks", { $0 == 1 }), ("fs.protected_hardlinks", { $0 == 1 })]),
        KernelSettingRule(
            name: .sharedFilesProtected,
            settings: [("fs.protected_fifos", { $0 >= 1 }), ("fs.protected_regular", { $0 >= 1 })]),
        // 2 writes dumps that only root can read, and only where core_pattern is a pipe or an absolute path.
        KernelSettingRule(
            name: .privilegedDumpsRestricted, settings: [("fs.suid_dumpable", { $0 == 0 || $0 == 2 })]),
    ]
}

/// The signals `kernelHardening` and those of ``KernelSettingRule``.
struct KernelSettingsCollector: SignalCollector {
    static let root = "/proc/sys"

    var signals: [SignalName] { [.kernelHardening] + KernelSettingRule.all.map(\.name) }
    var mayWait: Bool { false }

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        find(requested, in: system).mapValues { system.reading(of: $0) }
    }

    /// The findings that are requested.
    func find(_ requested: Set<SignalName>, in system: SystemView) -> [SignalName: Finding] {
        var findings: [SignalName: Finding] = [:]
        // Without a single setting it is not the kernel that has none, it is /proc that is missing.
        guard (try? system.exists("\(Self.root)/kernel")) == true else {
            for name in requested { findings[name] = .unknown("/proc/sys cannot be seen", source: Self.root) }
            return findings
        }
        for rule in KernelSettingRule.all where requested.contains(rule.name) {
            findings[rule.name] = rule.judge { KernelSetting.read($0, in: system) }
        }
        if findings[.kexecDisabled].map(Self.leavesKexecOpen) == true, let mode = try? LockdownMode.read(in: system) {
            if mode != .none {
                findings[.kexecDisabled]?.evidence.append("lockdown (\(mode.rawValue)) lets signed kernels through")
            }
        }
        if requested.contains(.kernelHardening) { findings[.kernelHardening] = list(in: system) }
        return findings
    }

    private static func leavesKexecOpen(_ finding: Finding) -> Bool { finding.state == .known(.boolean(false)) }

    /// All settings that this user may read; those for root alone are evidence, those that this kernel lacks are left out.
    private func list(in system: SystemView) -> Finding {
        var entries: [String] = []
        var evidence: [String] = []
        for name in KernelSetting.names {
            switch KernelSetting.read(name, in: system) {
            case .number(let number): entries.append("\(name)=\(number)")
            case .absent: continue
            case .denied: evidence.append("\(name) \(KernelSetting.rootAlone)")
            case .unknown(let why):
                return .unknown("\(name) \(why)", source: KernelSetting.path(of: name), evidence: entries)
            }
        }
        guard !entries.isEmpty else {
            return .unknown("no setting could be read", source: Self.root, evidence: evidence)
        }
        return Finding(.known(.strings(entries.sorted())), source: Self.root, evidence: evidence)
    }
}
