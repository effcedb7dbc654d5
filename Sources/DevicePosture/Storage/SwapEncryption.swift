// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `swapEncryption`, whether nothing of memory is swapped out to a disk as it is, and `swapSpaces`, a text for each.
///
/// A space whose key is made anew at each start (dm-crypt without a header) is encrypted; compressed memory (zram) is as good,
/// unless it is written back to a disk. Without swap space there is nothing to encrypt.
enum SwapEncryption {
    /// What a survey comes to.
    static func finding(_ survey: VolumeSurvey) -> Finding {
        let evidence = lines(survey)
        guard !survey.swapSpaces.isEmpty else { return nothing(evidence) }
        switch Protection.all(survey.swapSpaces.map(\.storage.protection)) {
        case .encrypted, .volatile: return .known(true, source: SwapTable.path, evidence: evidence)
        case .plain: return .known(false, source: SwapTable.path, evidence: evidence)
        case .unknown(let reason): return .unknown(reason, source: SwapTable.path, evidence: evidence)
        }
    }

    /// The swap spaces, each with its kind.
    static func spaces(_ survey: VolumeSurvey) -> Finding {
        let evidence = lines(survey)
        guard !survey.swapSpaces.isEmpty else { return nothing(evidence) }
        let entries = survey.swapSpaces.map { "\($0.label)=\($0.storage.kind)" }
        return Finding(.known(.strings(entries.sorted())), source: SwapTable.path, evidence: evidence)
    }

    private static func nothing(_ evidence: [String]) -> Finding {
        .notApplicable("no swap space is active", source: SwapTable.path, evidence: evidence)
    }

    private static func lines(_ survey: VolumeSurvey) -> [String] {
        survey.evidence.filter { $0.hasPrefix("swap") }
    }
}
