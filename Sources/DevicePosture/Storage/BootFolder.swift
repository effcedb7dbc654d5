// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `bootEncrypted`: whether the folder of kernels and initial file systems, `/boot`, lies on encrypted storage.
///
/// The EFI system partition never is: firmware has to read it. Where one is mounted at `/efi`, as by boot loaders that start
/// kernels from there, it counts as well.
enum BootFolder {
    /// What a survey comes to.
    static func finding(_ survey: VolumeSurvey) -> Finding {
        guard let boot = survey.mounts.mount(holding: "/boot") else {
            return .unknown("no mount holds /boot", source: MountTable.path)
        }
        var parts = [boot]
        if let loader = survey.mounts.mount(holding: "/efi"), loader.mountPoint == "/efi" { parts.append(loader) }
        var evidence: [String] = []
        var storages: [Protection] = []
        for mount in parts {
            guard mount.fileSystem != "autofs" else {
                return .unknown("\(mount.mountPoint) is mounted only while it is used", source: MountTable.path)
            }
            let storage = survey.tree.storage(of: mount)
            evidence.append("\(mount.mountPoint) (\(mount.fileSystem)): \(storage.protection.word)")
            storages.append(storage.protection)
        }
        switch Protection.all(storages) {
        case .encrypted: return .known(true, source: MountTable.path, evidence: evidence)
        case .plain: return .known(false, source: MountTable.path, evidence: evidence)
        case .volatile:
            return .unknown(
                "/boot lies in memory, and what the machine starts from is not mounted", source: MountTable.path)
        case .unknown(let reason): return .unknown(reason, source: MountTable.path, evidence: evidence)
        }
    }
}
