// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `tpmVersion`: the version of the TPM's specification, the newest where there are several TPMs.
struct TPMVersionCollector: SingleSignalCollector {
    static let name = SignalName.tpmVersion

    func find(in system: SystemView) -> Finding {
        let survey: TPMSurvey
        do {
            survey = try TPMSurvey(in: system)
        } catch {
            return .unknown(error, at: TPMSurvey.classPath)
        }
        guard !survey.chips.isEmpty else {
            switch TPMSurvey.absence(in: system) {
            case .certain(let why):
                return .notApplicable("there is no TPM", source: TPMSurvey.tablesPath, evidence: [why])
            case .uncertain(let reason, let source): return .unknown(reason, source: source)
            }
        }
        let evidence = survey.chips.map {
            "\($0.name): \($0.family.map { "TPM \($0.rawValue)" } ?? "version not known")"
        }
        if survey.tpm20 != nil {
            return .known(TPMSurvey.Family.tpm20.rawValue, source: TPMSurvey.classPath, evidence: evidence)
        }
        if let unread = survey.chips.first(where: { $0.family == nil }) {
            return .unknown(
                "the version of \(unread.name) could not be read", source: TPMSurvey.classPath, evidence: evidence)
        }
        return .known(TPMSurvey.Family.tpm12.rawValue, source: TPMSurvey.classPath, evidence: evidence)
    }
}
