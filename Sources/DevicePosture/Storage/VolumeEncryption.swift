// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `volumeEncryption`: a text for each volume that counts, `mount point=kind`, such as `/=LUKS2` or `/srv=none`.
///
/// A volume that cannot be judged stands there as `unknown`, with the reason in the evidence. Removable disks are never named,
/// nor are people: another person's home is `/home/*`.
enum VolumeEncryption {
    /// What a survey comes to.
    static func finding(_ survey: VolumeSurvey) -> Finding {
        let source = "\(MountTable.path), /sys/dev/block"
        guard !survey.volumes.isEmpty else {
            return .unknown("no volume that can be written was found", source: source, evidence: survey.evidence)
        }
        var entries = survey.volumes.map { "\($0.label)=\($0.storage.kind)" }
        if survey.homeIsEncryptedByItself == true, !survey.volumes.contains(where: { $0.label == "~" }) {
            entries.append("~=fscrypt")
        }
        return Finding(.known(.strings(entries.sorted())), source: source, evidence: survey.evidence)
    }
}
