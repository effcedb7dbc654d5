// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CustomChecks
internal import DevicePosture

extension Examination {
    /// Whether the administrator's files about custom checks and other programs' signals can be used.
    func reports() async -> [Finding] {
        var findings = await [customChecks()]
        let reader = SignalProviderReader()
        for report in reader.read(reader.names()) {
            let id = "signal-provider.\(report.name)"
            switch report.outcome {
            case .signal(let bytes, _):
                findings.append(Finding(id, .ok, "\(report.name) left a signal of \(bytes.count) bytes"))
            case .error(let failure):
                findings.append(
                    Finding(
                        id, .warning, "the signal of \(report.name) cannot be used: \(failure.description)",
                        fix: "have your administrator mend it; docs/signals.md tells what the files have to be"))
            }
        }
        return findings
    }

    private func customChecks() async -> Finding {
        let id = "custom-checks"
        switch await CustomCheckRunner.live().standing() {
        case .off: return Finding(id, .ok, "custom checks are off")
        case .unusable(let reason):
            return Finding(
                id, .problem, "no custom check is run: \(reason)",
                fix: "have your administrator mend it; docs/custom-checks.md tells what the file has to be")
        case .on(let settings):
            if let missing = settings.missingProgram {
                return Finding(
                    id, .problem,
                    "custom checks are asked of \(missing), which is no program that root alone can change",
                    fix: "install osquery, or take 'osquery' out of \(CustomCheckSettings.path)")
            }
            return Finding(id, .ok, "custom checks are run for \(settings.organizations.joined(separator: ", "))")
        }
    }
}
