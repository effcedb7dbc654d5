// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a person can do about one requirement that their device does not meet.
public struct Remediation: Hashable, Sendable, Codable {
    /// Whether the requirement is known not to be met, or could not be judged.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// It is known that the requirement is not met.
        case notMet
        /// It could not be judged; the text says why.
        case indeterminate
    }

    /// The stable key of the text, such as
    /// `idx.error.code.access_denied.device_assurance.remediation.linux.device_disk_encrypted`.
    public var key: String
    /// What the text's places are filled with.
    public var parameters: [String]
    /// The text in English: what is wrong and what to do.
    public var message: String
    /// Known not to be met, or not judged.
    public var outcome: Outcome

    /// An advice.
    public init(key: String, parameters: [String] = [], message: String, outcome: Outcome) {
        self.key = key
        self.parameters = parameters
        self.message = message
        self.outcome = outcome
    }
}
