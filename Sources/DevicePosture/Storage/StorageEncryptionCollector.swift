// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals that come out of one look at mounts, swap spaces and block devices.
///
/// What is seen without rights is seen: which devices encrypt, not with which cipher or key. A drive that encrypts by itself
/// looks like any other and does not count.
struct StorageEncryptionCollector: SignalCollector {
    /// How each signal comes out of a survey.
    static let findings: [(name: SignalName, find: @Sendable (VolumeSurvey) -> Finding)] = [
        (.diskEncryptionType, DiskEncryption.finding), (.volumeEncryption, VolumeEncryption.finding),
        (.swapEncryption, SwapEncryption.finding), (.swapSpaces, SwapEncryption.spaces),
        (.hibernation, HibernationPlan.finding), (.stateFolderEncrypted, StateFolder.finding),
        (.bootEncrypted, BootFolder.finding),
    ]

    var signals: [SignalName] { Self.findings.map(\.name) }
    /// The home folder may lie on a network, and ZFS is asked by its commands.
    var mayWait: Bool { true }

    func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        let survey = await Self.survey(system)
        var readings: [SignalName: SignalReading] = [:]
        for (name, find) in Self.findings where requested.contains(name) {
            switch survey {
            case .success(let survey): readings[name] = system.reading(of: find(survey))
            case .failure(let obstacle): readings[name] = system.reading(of: obstacle.finding)
            }
        }
        return readings
    }

    /// Why there is no survey.
    struct Obstacle: Error {
        let finding: Finding
    }

    /// Looks at a machine once.
    static func survey(_ system: SystemView) async -> Result<VolumeSurvey, Obstacle> {
        if let finding = confinement(of: system) { return .failure(Obstacle(finding: finding)) }
        do {
            let mounts = try mounts(of: system)
            let swaps = try swaps(of: system)
            let asksZFS =
                mounts.mounts.contains { $0.fileSystem == "zfs" && $0.isWritable }
                || swaps.entries.contains { $0.path.hasPrefix("/dev/zd") || $0.path.hasPrefix("/dev/zvol/") }
                || mounts.mounts.contains { $0.source.hasPrefix("/dev/zd") || $0.source.hasPrefix("/dev/zvol/") }
            let zfs = asksZFS ? await ZFSReport(asking: system) : .notAsked
            return .success(VolumeSurvey(of: system, mounts: mounts, swaps: swaps, zfs: zfs))
        } catch {
            return .failure(error)
        }
    }

    private static func confinement(of system: SystemView) -> Finding? {
        switch Confinement.detect(in: system) {
        case .container(let name):
            .notApplicable("a container (\(name)) does not see the machine's disks", source: MountTable.path)
        case .flatpak: .unknown("the sandbox hides the machine's disks", source: MountTable.path)
        case .wsl: .unknown("the disk belongs to the Windows host", source: MountTable.path)
        case .none: nil
        }
    }

    private static func mounts(of system: SystemView) throws(Obstacle) -> MountTable {
        do {
            let bytes = try system.read(MountTable.path, limit: MountTable.limit)
            guard let facts = system.facts else { return try MountTable(parsing: bytes) }
            return try facts.mountTable(parsing: bytes)
        } catch {
            throw Obstacle(finding: .unknown(error, at: MountTable.path))
        }
    }

    private static func swaps(of system: SystemView) throws(Obstacle) -> SwapTable {
        do {
            // A kernel that was built without swap has no such file; one whose /proc is hidden has no mount table either.
            guard let bytes = try system.readIfPresent(SwapTable.path) else { return SwapTable() }
            return try SwapTable(parsing: bytes)
        } catch {
            throw Obstacle(finding: .unknown(error, at: SwapTable.path))
        }
    }
}

extension SwapTable {
    /// No swap space at all.
    init() { entries = [] }
}
