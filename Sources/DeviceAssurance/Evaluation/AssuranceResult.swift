// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a set of policies comes to for one device.
public struct AssuranceResult: Hashable, Sendable {
    /// Whether the device is let in.
    public enum Verdict: Hashable, Sendable {
        /// It meets a policy, or there is none.
        case compliant
        /// It meets none, but is let in with a warning until a time, in seconds since 1970-01-01 UTC.
        case inGracePeriod(until: Int64, [Remediation])
        /// It meets none and is not let in.
        case notCompliant([Remediation])
    }

    /// A policy that the device does not meet.
    public struct Failure: Hashable, Sendable {
        /// The policy's id.
        public var policyID: String
        /// What is missing, in full even where the policy hides it from the person: for the audit log.
        public var remediations: [Remediation]
    }

    /// Whether the device is let in.
    public var verdict: Verdict
    /// Every policy that is not met, also where another one is.
    public var failures: [Failure]
    /// Since when each of these policies has not been met, by its id, in seconds since 1970-01-01 UTC.
    ///
    /// To be kept for the device and passed in next time in place of what was kept before: a policy that is met again is no
    /// longer in it.
    public var firstNonCompliant: [String: Int64]
}
