// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `diskEncryptionType`: how much of the machine's own storage is encrypted, a ``DiskEncryptionType``.
enum DiskEncryption {
    /// What a survey comes to.
    static func finding(_ survey: VolumeSurvey) -> Finding {
        var home = survey.home
        if home != .encrypted {
            switch survey.homeIsEncryptedByItself {
            case .some(true): home = .encrypted
            case .some(false): break
            case nil: home = .unknown("whether the home folder is encrypted could not be read")
            }
        }
        let state = classify(counted: survey.counted, system: survey.system, home: home)
        return Finding(state, source: "\(MountTable.path), /sys/dev/block", evidence: survey.evidence)
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
