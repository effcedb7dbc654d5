// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of the machine, its firmware and how it was started.
    static var hardware: [any SignalCollector] {
        [
            ManufacturerCollector(), ModelCollector(), FirmwareVersionCollector(), FirmwareDateCollector(),
            SecureHardwareCollector(), TPMVersionCollector(), TPMUsableCollector(), SecureBootCollector(),
            MeasuredBootCollector(), HostSecurityCollector(), CPUVulnerabilitiesCollector(), IOMMUCollector(),
            ThunderboltCollector(),
        ]
    }
}
