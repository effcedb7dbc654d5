// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import BlockingExecutors
internal import CustomChecks
internal import DevicePosture
internal import DeviceSignals
internal import WireProtocol

/// Other programs' signals and organisations' own checks, for the responder.
struct OrganizationReports: ReportSource {
    private let runner = CustomCheckRunner.live()
    private let executor = BlockingTaskExecutor(label: "signal-providers")

    func reports(ofProviders names: [String]) async -> [SignalProviderReport] {
        await withTaskExecutorPreference(executor) { await Self.read(names) }
    }

    func reports(of checks: [PostureCheckRequest], for organization: Origin) async -> [PostureCheckReport] {
        await runner.results(of: checks, for: organization.description)
    }

    private nonisolated static func read(_ names: [String]) async -> [SignalProviderReport] {
        SignalProviderReader().read(names)
    }
}

extension CustomCheckRunner {
    /// Answers by the signals of a machine.
    static func live(_ system: SystemView = .live) -> CustomCheckRunner {
        let collector = PostureCollector(system: system)
        return CustomCheckRunner(system: system, signals: collector.names) { await collector.snapshot(of: $0) }
    }
}
