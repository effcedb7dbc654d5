// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `hibernation`: what becomes of memory when the machine hibernates, a ``HibernationType``.
extension HibernationPlan {
    /// What a survey comes to.
    static func finding(_ survey: VolumeSurvey) -> Finding {
        let source = "\(statePath), \(resumePath), \(KernelCommandLine.path)"
        switch survey.hibernation {
        case .off(let reason):
            return .known(HibernationType.off.rawValue, source: source, evidence: [reason])
        case .unknown(let reason):
            return .unknown(reason, source: source)
        case .writes(let storage, let isNamed):
            let evidence =
                [isNamed ? "a device is named to resume from" : "any active swap space may be written to"]
                + survey.evidence.filter { $0.hasPrefix("hibernation") }
            switch storage.protection {
            case .encrypted:
                return .known(HibernationType.encrypted.rawValue, source: source, evidence: evidence)
            case .plain: return .known(HibernationType.plain.rawValue, source: source, evidence: evidence)
            case .volatile:
                return .unknown("the device to resume from lies in memory", source: source, evidence: evidence)
            case .unknown(let reason): return .unknown(reason, source: source, evidence: evidence)
            }
        }
    }
}
