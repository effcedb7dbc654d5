// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of the kernel and how it is hardened.
    static var kernel: [any SignalCollector] {
        [
            KernelLockdownCollector(), MandatoryAccessControlCollector(), SecurityModulesCollector(),
            KernelTaintCollector(), KernelSettingsCollector(), ModuleSigningCollector(), MountOptionsCollector(),
            IntegrityMeasurementCollector(),
        ]
    }
}
