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
    private let runner: CustomCheckRunner

    /// - Parameter enrollments: what some signals are held against.
    init(enrollments: any EnrollmentStore) {
        runner = CustomCheckRunner.live { await enrollments.origins() }
    }

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
    ///
    /// - Parameter origins: the origins of the organisations that the device is enrolled with, `nil` where that is not known; asked
    ///   for where a signal is held against them.
    static func live(
        _ system: SystemView = .live, origins: @escaping @Sendable () async -> [String]? = { nil }
    ) -> CustomCheckRunner {
        let collector = PostureCollector(system: system)
        return CustomCheckRunner(system: system, signals: collector.names) { names in
            let known = names.contains(.browserLoopbackPolicies) ? await origins() : nil
            return await collector.snapshot(of: names, organizationOrigins: known)
        }
    }
}
