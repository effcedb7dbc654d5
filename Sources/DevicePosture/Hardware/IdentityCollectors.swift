// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of what tells one machine from another.
    static var identity: [any SignalCollector] { [DeviceIDCollector(), HardwareIdentityCollector()] }
}
