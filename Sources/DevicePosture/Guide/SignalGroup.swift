// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// Signals that belong together, as they are shown to a person.
public struct SignalGroup: Sendable {
    /// What the group is called.
    public let title: String
    /// The guides to its signals, in the order in which they are shown.
    public let guides: [SignalGuide]

    /// All groups; together they have a guide to every signal that this agent reads.
    public static let all: [SignalGroup] = [
        SignalGroup(title: "Operating system", guides: .operatingSystem),
        SignalGroup(title: "Machine and firmware", guides: .hardware),
        SignalGroup(title: "Identity", guides: .identity),
        SignalGroup(title: "Storage", guides: .storage),
        SignalGroup(title: "Session", guides: .session),
        SignalGroup(title: "Kernel", guides: .kernel),
        SignalGroup(title: "Network and services", guides: .network),
        SignalGroup(title: "Accounts", guides: .accounts),
        SignalGroup(title: "Software", guides: .software),
    ]

    /// The guide to a signal; `nil` for a signal that this agent does not read.
    public static func guide(to name: SignalName) -> SignalGuide? {
        all.lazy.flatMap(\.guides).first { $0.name == name }
    }
}
