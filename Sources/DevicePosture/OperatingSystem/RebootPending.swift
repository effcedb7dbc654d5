// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `newestKernelVersion` and `rebootPending`: whether what is installed is what runs.
struct RebootPendingCollector: SignalCollector {
    let signals: [SignalName] = [.newestKernelVersion, .rebootPending]
    let mayWait = false

    /// The files that package managers leave when something waits for the next start.
    static let flags = ["/run/reboot-required", "/var/run/reboot-required", "/run/reboot-needed"]

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        let survey = Self.survey(system)
        return [
            .newestKernelVersion: system.reading(of: survey.newest), .rebootPending: system.reading(of: survey.pending),
        ]
    }

    /// Both findings.
    struct Survey {
        var newest: Finding
        var pending: Finding

        /// The same state for both.
        init(_ finding: Finding) { (newest, pending) = (finding, finding) }
        init(newest: Finding, pending: Finding) { (self.newest, self.pending) = (newest, pending) }
    }

    private static func survey(_ system: SystemView) -> Survey {
        switch Confinement.detect(in: system) {
        case .container(let name):
            return Survey(.notApplicable("the kernel is that of the container's host (\(name))", source: modules))
        case .wsl: return Survey(.notApplicable("the kernel is that of the Windows host", source: modules))
        case .flatpak: return Survey(.unknown("the sandbox hides the kernels", source: modules))
        case .none: break
        }
        do throws(ReadFailure) {
            guard let running = KernelRelease(try system.attribute(KernelVersionCollector.path)) else {
                throw .malformed
            }
            var survey = try kernels(running, in: system)
            if case .known(.boolean(true)) = survey.pending.state { return survey }
            // A flag says "yes" whatever is known of the kernel.
            for flag in flags where try system.exists(flag) {
                survey.pending = .known(true, source: flag, evidence: packages(in: system))
                break
            }
            return survey
        } catch {
            return Survey(.unknown(error, at: KernelVersionCollector.path))
        }
    }

    private static let modules = InstalledKernels.modulesPath

    private static func kernels(_ running: KernelRelease, in system: SystemView) throws(ReadFailure) -> Survey {
        if try system.exists("/run/ostree-booted") { return try OSTreeReboot.survey(running, in: system) }
        if try system.exists("/run/booted-system") { return try NixOSReboot.survey(running, in: system) }
        let installed = try InstalledKernels(in: system)
        var survey = judge(running, among: installed)
        if case .known(.boolean(false)) = survey.pending.state {
            if let reason = try whyTheNextSystemIsHidden(in: system) {
                survey.pending = .unknown(reason, source: modules, evidence: survey.pending.evidence)
            } else if let rebuilt = try DebianKernelPackage.survey(running, in: system) {
                survey.pending = rebuilt
            }
        }
        return survey
    }

    /// What the running kernel is, compared with those that are installed.
    static func judge(_ running: KernelRelease, among installed: InstalledKernels) -> Survey {
        let evidence = ["running: \(running)"]
        guard let newest = installed.newest(of: running.flavour) else {
            let kind = running.flavour.isEmpty ? "of the kind that runs" : "of the flavour \(running.flavour)"
            let reason = "no kernel \(kind) is installed here, so that it cannot be compared"
            return Survey(.unknown(reason, source: modules, evidence: evidence))
        }
        // A kernel that was removed, or one of somebody's own, that is newer than all that are installed, is no old one.
        let isOlder = running.compared(to: newest) < 0
        let all = evidence + ["newest installed: \(newest)"]
        return Survey(
            newest: .known(newest.description, source: modules, evidence: evidence),
            pending: .known(isOlder, source: modules, evidence: all))
    }

    /// Systems that are replaced as a whole keep the next one where it is not seen.
    private static func whyTheNextSystemIsHidden(in system: SystemView) throws(ReadFailure) -> String? {
        for path in ["/usr/sbin/transactional-update", "/usr/bin/transactional-update"] where try system.exists(path) {
            return "the snapshot that starts next is not seen from the one that runs"
        }
        guard case .success(let (release, _)) = OSRelease.read(in: system) else { return nil }
        if release.id == "steamos" || !(release.values["IMAGE_ID"] ?? "").isEmpty {
            return "the system is replaced as an image, and the one that starts next is not seen from the one that runs"
        }
        return nil
    }

    /// The packages that ask for the start, where they are noted.
    private static func packages(in system: SystemView) -> [String] {
        guard let text = try? system.text("/run/reboot-required.pkgs") else { return [] }
        let names = Set(text.split(whereSeparator: \.isNewline).map(\.trimmed)).sorted().prefix(20)
        return names.isEmpty ? [] : ["asked for by: \(names.joined(separator: ", "))"]
    }
}
