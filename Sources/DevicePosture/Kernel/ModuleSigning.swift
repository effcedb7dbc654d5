// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `moduleSigning`: whether the kernel loads modules only if they are signed, or none at all.
///
/// By `module.sig_enforce`, by lockdown, which asks for the same, or because loading was switched off.
struct ModuleSigningCollector: SingleSignalCollector {
    static let name = SignalName.moduleSigning
    static let path = "/sys/module/module/parameters/sig_enforce"
    static let loadingSetting = "kernel.modules_disabled"

    /// What is known of the ways to enforce it.
    struct Facts: Hashable, Sendable {
        /// `sig_enforce`; `nil` where this kernel cannot check signatures.
        var isEnforced: Bool?
        /// The lockdown mode; `nil` where there is none.
        var lockdown: Result<LockdownMode?, ReadFailure>
        /// Whether loading was switched off until the next start.
        var loading: KernelSetting.Value
    }

    func find(in system: SystemView) -> Finding {
        do {
            guard try system.exists("/sys/module") else {
                return .unknown("/sys is not mounted", source: Self.path)
            }
            let loading = KernelSetting.read(Self.loadingSetting, in: system)
            // Both are there in every kernel that can load modules, even where none is loaded.
            if loading == .absent, try system.exists("/proc/sys/kernel"), try !system.exists("/proc/modules") {
                return .notApplicable("this kernel loads no modules", source: "/proc/modules")
            }
            let enforced: Bool?
            switch try system.attributeIfPresent(Self.path) {
            case nil: enforced = nil
            case "Y", "1": enforced = true
            case "N", "0": enforced = false
            case .some: throw ReadFailure.malformed
            }
            let lockdown = Result { () throws(ReadFailure) in try LockdownMode.read(in: system) }
            return Self.judge(Facts(isEnforced: enforced, lockdown: lockdown, loading: loading))
        } catch {
            return .unknown(error as? ReadFailure ?? .malformed, at: Self.path)
        }
    }

    /// What the facts add up to.
    static func judge(_ facts: Facts) -> Finding {
        var evidence = ["sig_enforce: \(facts.isEnforced.map { $0 ? "Y" : "N" } ?? "not in this kernel")"]
        if facts.loading == .number(1) {
            evidence.append("no module can be loaded until the next start")
            return .known(true, source: KernelSetting.path(of: loadingSetting), evidence: evidence)
        }
        if facts.isEnforced == true { return .known(true, source: path, evidence: evidence) }
        // A kernel with lockdown can check signatures, so without that there is nothing to look at.
        if facts.isEnforced == false {
            switch facts.lockdown {
            case .success(let mode?) where mode != .none:
                evidence.append("lockdown: \(mode.rawValue)")
                return .known(true, source: LockdownMode.path, evidence: evidence)
            case .success: break
            case .failure(let failure):
                return SecurityFileSystem.unknown(failure, at: LockdownMode.path, evidence: evidence)
            }
        }
        switch facts.loading {
        case .number, .absent: return .known(false, source: path, evidence: evidence)
        case .denied:
            return .unknown("\(loadingSetting) \(KernelSetting.rootAlone)", source: path, evidence: evidence)
        case .unknown(let why): return .unknown("\(loadingSetting) \(why)", source: path, evidence: evidence)
        }
    }
}
