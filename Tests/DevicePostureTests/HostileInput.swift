// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// A file that signals are read from, and what may still be known of them where something else stands in its place.
///
/// Each group of signals has a list of its own in a file of its own; without an entry here a file is still tried on every
/// machine of ``TestMachine``, for what holds of all.
struct HostileInput: Sendable, CustomTestStringConvertible {
    /// The file.
    let path: String
    /// The signals that are known of it.
    let signals: [SignalName]
    /// What is known of a signal all the same, for a form: from another file, or since the file may be missing.
    var accepted: [HostileForm: [SignalName: SignalValue]] = [:]
    /// A machine on which all of them are known.
    let machine: @Sendable () throws -> MachineFixture

    var testDescription: String { "\(path): \(signals.map(\.rawValue).joined(separator: ", "))" }

    /// Whether the kernel makes the file up as it is read, so that half of it never stands there. Firmware variables do lie somewhere.
    var isAttribute: Bool {
        (path.hasPrefix("/sys/") || path.hasPrefix("/proc/")) && !path.hasPrefix("/sys/firmware/efi/efivars/")
    }

    /// All of them.
    static let all: [HostileInput] = operatingSystem + identity + hardware + kernel
}
