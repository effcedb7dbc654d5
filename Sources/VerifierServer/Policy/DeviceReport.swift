// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// What a device reported last, when it answered a challenge.
struct DeviceReport: StoredRecord {
    static let collection = "device_reports"

    /// The device's id.
    let id: String
    /// Its signals.
    var snapshot: PostureSnapshot
    /// When it reported them, in seconds since 1970, by this verifier's clock.
    var reportedAt: Int64
    /// The results of the organisation's own checks; absent in records of a version that had none.
    var checks: [String: PostureCheckReport]?
    /// What other programs said; absent likewise.
    var providers: [String: ProviderReport]?

    /// A report of now.
    init(id: String, _ reported: ReportedDevice, at now: Int64) {
        self.id = id
        snapshot = reported.snapshot
        checks = reported.checks
        providers = reported.providers
        reportedAt = now
    }

    /// What was reported.
    var reported: ReportedDevice {
        var reported = ReportedDevice(snapshot)
        reported.checks = checks ?? [:]
        reported.providers = providers ?? [:]
        return reported
    }
}
