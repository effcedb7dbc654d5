// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals

extension HostileInputTests {
    /// Signals that are known of another file where the first one cannot be read, with another value; paths by their beginning.
    static let fallbacks: [(path: String, signal: SignalName)] = [
        // The release without its point.
        ("/etc/debian_version", .osVersion),
        // Settings and profiles that this user may not read are left out, and the evidence says so.
        ("/proc/sys/", .kernelHardening), ("/sys/kernel/security/apparmor/", .mandatoryAccessControl),
    ]
}
