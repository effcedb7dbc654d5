// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [any SignalCollector] {
    /// The collectors of what tells one machine from another.
    static var identity: [any SignalCollector] { [DeviceIDCollector(), HardwareIdentityCollector()] }
}

extension [SignalGuide] {
    /// Guides to the signals that tell one machine from another.
    static let identity: [SignalGuide] = [
        SignalGuide(
            .deviceId, "Device id", "A name for this installation, derived from its machine-id, which stays here."),
        SignalGuide(.serialNumber, "Serial number", "The maker's serial number of the machine."),
        SignalGuide(.hardwareUuid, "Hardware UUID", "The UUID that the machine's firmware states."),
    ]
}
