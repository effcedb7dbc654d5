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
}
