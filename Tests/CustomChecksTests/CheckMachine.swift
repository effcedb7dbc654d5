// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CustomChecks
import DevicePosture
import DeviceSignals
import Foundation
import Synchronization
import TestSupport

/// A machine of given signals, with the administrator's file in a folder.
final class CheckMachine: Sendable {
    static let organization = "https://id.example.com"
    static let allowing = "[custom_checks]\norganizations = [\"https://id.example.com\"]\n"
    static let settings = "/etc/countersign/agent.toml"

    let folder: TemporaryFolder
    private let states: [SignalName: SignalState]
    private let asked = Mutex<[[SignalName]]>([])

    init(_ states: [SignalName: SignalState] = [:], settings: String? = CheckMachine.allowing) throws {
        folder = try TemporaryFolder()
        self.states = states
        if let settings { try write(settings, to: Self.settings) }
    }

    var root: String { folder.path }
    /// What was read of the signals, call by call.
    var reads: [[SignalName]] { asked.withLock { $0 } }

    func write(_ text: String, to path: String, mode: UInt32 = 0o644) throws {
        let file = URL(filePath: root + path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try folder.write(text, to: String(path.dropFirst()), mode: mode)
    }

    var runner: CustomCheckRunner {
        CustomCheckRunner(
            system: .files(below: root), trusting: getuid(), programsBelow: root, signals: PostureCollector().names
        ) { names in
            self.asked.withLock { $0.append(names) }
            var snapshot = PostureSnapshot()
            for name in names {
                snapshot[name] = self.states[name].map { SignalReading($0, source: "test", collectedAt: 0) }
            }
            return snapshot
        }
    }

    func report(_ query: String, for organization: String = organization) async -> PostureCheckReport? {
        await runner.results(of: [PostureCheckRequest(variableName: "v", query: query)], for: organization).first
    }

    func value(_ query: String) async -> String? { await report(query)?.value }

    func reason(_ query: String, for organization: String = organization) async -> String? {
        guard case .unknown(let reason)? = await report(query, for: organization)?.outcome else { return nil }
        return reason
    }
}
