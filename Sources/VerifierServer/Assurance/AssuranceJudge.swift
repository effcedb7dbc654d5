// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceAssurance
package import DeviceSignals

/// What the policies of device assurance say of a device.
package enum AssuranceVerdict: Hashable, Sendable {
    /// It meets what is asked, or nothing is asked.
    case compliant
    /// It does not, but may sign in until a time, in seconds since 1970.
    case inGracePeriod(until: Int64, remediations: [Remediation])
    /// It does not.
    case notCompliant(remediations: [Remediation])
}

/// Judges a device's signals.
package protocol AssuranceJudge: Sendable {
    /// The names of the policies, of which a device must meet one.
    var policyIDs: [String] { get }

    /// Judges signals at a time, in seconds since 1970.
    ///
    /// - Parameter firstNonCompliant: since when the device has not met a policy, by the policy's name.
    func verdict(
        on snapshot: PostureSnapshot, now: Int64, firstNonCompliant: [String: Int64]
    ) -> (verdict: AssuranceVerdict, unmet: Set<String>)
}

/// The judge of an organisation that has no policy.
package struct NoAssurancePolicy: AssuranceJudge {
    package var policyIDs: [String] { [] }

    /// No policy.
    package init() {}

    package func verdict(
        on snapshot: PostureSnapshot, now: Int64, firstNonCompliant: [String: Int64]
    ) -> (verdict: AssuranceVerdict, unmet: Set<String>) {
        (.compliant, [])
    }
}
