// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// What the account page shows.
struct AccountView: Hashable, Sendable, Encodable {
    /// A key of a device's.
    struct Key: Hashable, Sendable, Encodable {
        /// Its name among the enrolment's.
        var id: String
        /// `proofOfPossession` or `userVerification`.
        var keyType: String
        /// `file`, `fido2`, `piv` or `tpm`.
        var kind: String
        /// The hardware's model, where it is known.
        var model: String?
        /// Whether it is proven to be in hardware.
        var isAttested: Bool
        /// When it was enrolled, in seconds since 1970.
        var createdAt: Int64
    }

    /// A device with its keys.
    struct Device: Hashable, Sendable, Encodable {
        /// The enrolment's id.
        var id: String
        /// What the person calls it.
        var name: String
        /// Maker and model.
        var model: String?
        /// `active` or `suspended`.
        var status: String
        /// Whether this session was signed in to with it.
        var isCurrent: Bool
        /// Whether it is the only one left that signs in.
        var isLast: Bool
        /// When it was enrolled, in seconds since 1970.
        var createdAt: Int64
        /// The keys.
        var keys: [Key]
    }

    /// What may be changed: `allowed`, `verify` or `refused`.
    struct Permissions: Hashable, Sendable, Encodable {
        /// To rename or remove.
        var change: String
        /// To make a code for another device.
        var enroll: String
    }

    /// The name that the person types.
    var username: String
    /// The name that others read.
    var displayName: String
    /// The organisation.
    var organization: String
    /// The issuer, which a person types to enrol.
    var issuer: String
    /// What may be changed.
    var permissions: Permissions
    /// The devices, the oldest first.
    var devices: [Device]
    /// The verifier's time, in seconds since 1970.
    var serverTime: Int64
}

extension AccountView.Device {
    /// A device of a person's.
    init(_ enrollment: EnrollmentRecord, _ device: DeviceRecord, isCurrent: Bool, isLast: Bool) {
        let model = [device.manufacturer, device.model].compactMap(\.self).joined(separator: " ")
        self.init(
            id: enrollment.id, name: device.displayName, model: model.isEmpty ? nil : model,
            status: enrollment.status == .active && device.status == .active ? "active" : "suspended",
            isCurrent: isCurrent, isLast: isLast, createdAt: enrollment.createdAt,
            keys: enrollment.signInKeys.map { signIn in
                AccountView.Key(
                    id: signIn.key.keyID, keyType: signIn.keyType.rawValue,
                    kind: signIn.key.hardware?.kind.rawValue ?? "file", model: signIn.key.hardware?.model,
                    isAttested: signIn.key.isAttested, createdAt: enrollment.time(of: signIn.key))
            })
    }
}
