// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of the operating system, its support and its updates.
    static var operatingSystem: [any SignalCollector] {
        [
            PlatformCollector(), OperatingSystemNameCollector(), OperatingSystemVersionCollector(),
            OperatingSystemVariantCollector(), SupportWindowCollector(), KernelVersionCollector(),
            RebootPendingCollector(), SecurityUpdatesCollector(), AutomaticUpdatesCollector(),
            TimeSynchronizedCollector(), VirtualizationCollector(),
        ]
    }
}
