// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance

/// What comes of a device that does not meet the policies of device assurance.
package enum AssuranceMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is let in, and the audit log alone is told.
    case report = "REPORT"
    /// It is let in after its person was told.
    case notify = "NOTIFY"
    /// It is let in with a warning until its grace period ends, and then no longer; without a grace period it is not let in.
    case warnThenBlock = "WARN_THEN_BLOCK"
    /// It is not let in, grace period or not.
    case block = "BLOCK"

    /// Whether a device is let in, at once or after its person was told.
    func letsIn(_ result: AssuranceResult) -> Bool {
        switch (self, result.verdict) {
        case (_, .compliant), (.report, _), (.notify, _), (.warnThenBlock, .inGracePeriod): true
        case (.warnThenBlock, .notCompliant), (.block, _): false
        }
    }

    /// Where a sign-in goes on after its device was judged.
    func state(after result: AssuranceResult, of identity: AuthenticatedIdentity) -> SignInTransaction.State {
        let advice = result.view?.messages ?? []
        return switch (self, result.verdict) {
        case (_, .compliant), (.report, _): .succeeded(identity)
        case (.warnThenBlock, .inGracePeriod(let until, _)): .warned(identity, advice, until: until)
        case (.notify, _): .warned(identity, advice, until: nil)
        case (.warnThenBlock, .notCompliant), (.block, _): .denied(advice)
        }
    }
}

/// What the policies of device assurance said of the device that a person signed in with.
package enum DeviceCompliance: Hashable, Sendable, Codable {
    /// It met them.
    case compliant
    /// It did not, and its grace period ends at a time in seconds since 1970.
    case inGracePeriod(until: Int64)
    /// It did not.
    case notCompliant
}

extension AuthenticatedIdentity {
    /// The identity with what was said of its device.
    func judged(_ result: AssuranceResult) -> AuthenticatedIdentity {
        var identity = self
        identity.compliance =
            switch result.verdict {
            case .compliant: .compliant
            case .inGracePeriod(let until, _): .inGracePeriod(until: until)
            case .notCompliant: .notCompliant
            }
        return identity
    }
}
