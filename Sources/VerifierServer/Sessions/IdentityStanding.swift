// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// Whether what an identity rests on still stands: its user, its device, its enrolment and the key that signed.
package enum IdentityStanding {
    /// Why the identity no longer counts, or `nil` where it does.
    package static func refusal(
        of identity: AuthenticatedIdentity, in reader: any StoreReader
    ) throws -> VerifierError? {
        if let refusal = refusal(of: try reader.record(User.self, id: identity.userID)) { return refusal }
        let enrollment = try identity.enrollmentID.flatMap { try reader.record(EnrollmentRecord.self, id: $0) }
        if let id = identity.deviceID {
            let device = try reader.record(DeviceRecord.self, id: id)
            if !isAbandoned(device, by: enrollment), let refusal = refusal(of: device) { return refusal }
        }
        guard identity.enrollmentID != nil else { return nil }
        if let refusal = refusal(of: enrollment) { return refusal }
        if let thumbprint = identity.keyThumbprint, enrollment?.signInKey(thumbprint: thumbprint) == nil {
            return VerifierError(
                401, .invalidToken, "The key of this sign-in was removed from its enrolment. Sign in again.")
        }
        return nil
    }

    /// Why an enrolment on a device may not answer.
    static func refusal(of enrollment: EnrollmentRecord?, on device: DeviceRecord?) -> VerifierError? {
        (isAbandoned(device, by: enrollment) ? nil : refusal(of: device)) ?? refusal(of: enrollment)
    }

    /// Whether a device is deactivated since its enrolment was deleted: that end is what its agent has to know, and says more.
    private static func isAbandoned(_ device: DeviceRecord?, by enrollment: EnrollmentRecord?) -> Bool {
        guard let device, let enrollment else { return false }
        return device.status == .deactivated && enrollment.status == .deleted
    }

    /// Why a user may not sign in.
    static func refusal(of user: User?) -> VerifierError? {
        switch user?.status {
        case .active: nil
        case .suspended:
            VerifierError(423, .userSuspended, "This account is suspended. Ask your administrator.")
        case .staged, .deactivated:
            VerifierError(423, .userSuspended, "This account is not active. Ask your administrator.")
        case .deleted, nil:
            VerifierError(410, .userDeleted, "This account was deleted.")
        }
    }

    /// Why an enrolment may not answer.
    static func refusal(of enrollment: EnrollmentRecord?) -> VerifierError? {
        switch enrollment?.status {
        case .active: nil
        case .suspended:
            VerifierError(423, .enrollmentSuspended, "This device's enrolment is suspended. Ask your administrator.")
        case .deactivated:
            VerifierError(423, .enrollmentSuspended, "This device's enrolment is not active. Ask your administrator.")
        case .deleted:
            VerifierError(410, .enrollmentDeleted, "This device's enrolment was deleted. Enrol the device again.")
        case nil:
            VerifierError(404, .enrollmentNotFound, "There is no such enrolment.")
        }
    }

    /// Why a device may not answer.
    static func refusal(of device: DeviceRecord?) -> VerifierError? {
        switch device?.status {
        case .active: nil
        case .suspended:
            VerifierError(403, .deviceSuspended, "This device is suspended. Ask your administrator.")
        case .deactivated:
            VerifierError(403, .deviceSuspended, "This device is not active. Ask your administrator.")
        case .deleted, nil:
            VerifierError(410, .deviceDeleted, "This device was deleted. Enrol it again.")
        }
    }
}
