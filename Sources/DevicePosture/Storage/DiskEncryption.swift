// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `diskEncryptionType`: how much of the machine's own storage is encrypted, a ``DiskEncryptionType``.
///
/// What is seen without rights is seen: which devices encrypt, not with which cipher or key. A drive that encrypts by itself
/// looks like any other and does not count.
struct DiskEncryptionCollector: SingleSignalCollector {
    static let name = SignalName.diskEncryptionType
    /// The home folder may lie on a network.
    package var mayWait: Bool { true }

    func find(in system: SystemView) -> Finding {
        switch Confinement.detect(in: system) {
        case .container(let name):
            return .notApplicable("a container (\(name)) does not see the machine's disks", source: MountTable.path)
        case .flatpak:
            return .unknown("the sandbox hides the machine's disks", source: MountTable.path)
        case .wsl:
            return .unknown("the disk belongs to the Windows host", source: MountTable.path)
        case .none:
            break
        }
        let mounts: MountTable
        let swaps: SwapTable
        do {
            let bytes = try system.read(MountTable.path, limit: MountTable.limit)
            if let facts = system.facts {
                mounts = try facts.mountTable(parsing: bytes)
            } else {
                mounts = try MountTable(parsing: bytes)
            }
        } catch {
            return .unknown(error, at: MountTable.path)
        }
        do {
            swaps = try SwapTable(parsing: try system.read(SwapTable.path))
        } catch ReadFailure.absent {
            // A kernel that was built without swap has no such file; one whose /proc is hidden has no mount table either.
            return survey(system, mounts, nil)
        } catch {
            return .unknown(error, at: SwapTable.path)
        }
        return survey(system, mounts, swaps)
    }

    private func survey(_ system: SystemView, _ mounts: MountTable, _ swaps: SwapTable?) -> Finding {
        let survey = VolumeSurvey(of: system, mounts: mounts, swaps: swaps ?? SwapTable())
        var evidence = survey.evidence
        var home = survey.home
        if let path = system.home, home != .encrypted {
            switch system.encryptsFolder(path) {
            case .some(true):
                home = .encrypted
                evidence.append("~: encrypted by its file system")
            case .some(false): break
            case nil: home = .unknown("whether the home folder is encrypted could not be read")
            }
        }
        let state = Self.classify(counted: survey.counted, system: survey.system, home: home)
        return Finding(state, source: "\(MountTable.path), /sys/dev/block", evidence: evidence)
    }

    /// The class that these protections come to.
    ///
    /// One that is unknown makes the whole unknown, even where the rest is plain: a policy then says why.
    static func classify(counted: [Protection], system: Protection?, home: Protection?) -> SignalState {
        guard !counted.isEmpty else { return .unknown(reason: "no volume that can be written was found") }
        for case .unknown(let reason) in counted { return .unknown(reason: reason) }
        let type: DiskEncryptionType
        if counted.allSatisfy({ $0 == .encrypted }) {
            type = .allInternalVolumes
        } else if system == .encrypted {
            type = .systemVolume
        } else if home == .encrypted {
            type = .user
        } else if case .unknown(let reason) = home {
            return .unknown(reason: reason)
        } else {
            type = .none
        }
        return .known(.string(type.rawValue))
    }
}

extension SwapTable {
    /// No swap space at all.
    init() { entries = [] }
}
