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
        if let id = identity.deviceID {
            if let refusal = refusal(of: try reader.record(DeviceRecord.self, id: id)) { return refusal }
        }
        if let id = identity.enrollmentID {
            let enrollment = try reader.record(EnrollmentRecord.self, id: id)
            if let refusal = refusal(of: enrollment) { return refusal }
            if let thumbprint = identity.keyThumbprint, enrollment?.signInKey(thumbprint: thumbprint) == nil {
                return VerifierError(
                    401, .invalidToken, "The key of this sign-in was removed from its enrolment. Sign in again.")
            }
        }
        return nil
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
