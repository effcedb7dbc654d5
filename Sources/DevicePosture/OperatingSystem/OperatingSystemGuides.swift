// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of the operating system.
    static let operatingSystem: [SignalGuide] = [
        SignalGuide(.platform, "Platform", "The kind of operating system; always LINUX here."),
        SignalGuide(.osName, "Distribution", "The distribution's short name, by os-release(5)."),
        SignalGuide(.osVersion, "Version", "The distribution's version."),
        SignalGuide(.kernelVersion, "Kernel", "The kernel that runs now."),
    ]
}
