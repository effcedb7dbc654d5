// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `platform`: `LINUX`, always.
struct PlatformCollector: SingleSignalCollector {
    static let name = SignalName.platform

    func find(in system: SystemView) -> Finding { .known("LINUX", source: "agent") }
}
