// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import CustomChecks
internal import DevicePosture
internal import TOMLConfiguration

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

    /// Whether the administrator's files can be used; nothing where there are none.
    func configuration() -> [Finding] {
        if let fault = parts.configurationFault {
            return [
                Finding(
                    "configuration", .problem, "the agent does not start: configuration: \(fault)",
                    fix: fault.hint
                        ?? "have your administrator mend it; 'agent config check' tells whether that is done")
            ]
        }
        guard !parts.configuration.sources.isEmpty else { return [] }
        let ignored = parts.ignoredVariables
        guard ignored.isEmpty else {
            return [
                Finding(
                    "configuration", .warning, "\(ignored.joined(separator: " and ")) counts for nothing: it is locked",
                    fix: "take it out of your environment")
            ]
        }
        return [Finding("configuration", .ok, "your administrator has set the agent: see 'agent config show'")]
    }

    private func customChecks() async -> Finding {
        let id = "custom-checks"
        switch await CustomCheckRunner.live().standing() {
        case .off: return Finding(id, .ok, "custom checks are off")
        case .unusable(let reason):
            return Finding(
                id, .problem, "no custom check is run: \(reason)",
                fix: "have your administrator mend it; see docs/agent-configuration.md and 'agent config check'")
        case .on(let settings):
            if let missing = settings.missingProgram {
                return Finding(
                    id, .problem,
                    "custom checks are asked of \(missing), which is no program that root alone can change",
                    fix: "install osquery, or take 'osquery' out of \(AgentConfiguration.path)")
            }
            return Finding(id, .ok, "custom checks are run for \(settings.organizations.joined(separator: ", "))")
        }
    }
}
