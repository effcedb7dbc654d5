// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance

/// A duration in ISO 8601, such as `PT2H`; `PT0S` is "every time".
public struct PolicyDuration: Hashable, Sendable {
    /// As it was written.
    public let text: String
    /// In seconds; a year counts 365 days and a month 30.
    public let seconds: Int64

    /// Parses a duration, up to 100 years.
    public init?(_ text: String) {
        guard let duration = ISO8601Duration(text) else { return nil }
        self.text = text
        seconds = duration.seconds
    }

    /// Whether it is over at once.
    public var isEveryTime: Bool { seconds == 0 }
}

extension DocumentNode {
    /// A duration.
    func duration() throws(PolicyDocumentError) -> PolicyDuration {
        guard let duration = PolicyDuration(try string()) else {
            throw error("is not a duration of ISO 8601 up to 100 years, such as \"PT2H\" or \"P30D\"")
        }
        return duration
    }
}
