// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Synchronization
import WireProtocol

@testable import AuthenticatorAgent
@testable import DevicePosture

/// Answers what it is asked by name, and remembers for whom.
final class RecordingReports: ReportSource {
    private let asked = Mutex<[String]>([])

    /// What was asked, in order: `provider NAME` and `check NAME for ORIGIN`.
    var questions: [String] { asked.withLock { $0 } }

    func reports(ofProviders names: [String]) async -> [SignalProviderReport] {
        asked.withLock { $0 += names.map { "provider \($0)" } }
        return SignalProviderReader(of: .files(below: "/nonexistent")).read(names)
    }

    func reports(of checks: [PostureCheckRequest], for organization: Origin) async -> [PostureCheckReport] {
        asked.withLock { $0 += checks.map { "check \($0.variableName) for \(organization)" } }
        return checks.map { PostureCheckReport(variableName: $0.variableName, .known($0.query), source: "signals") }
    }
}
