// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// The removal of a key from an enrolment, whoever asks for it: the device, or the administrator because it was lost.
struct KeyRemoval: Sendable {
    /// Why a key is not removed.
    enum Refusal: Error, Hashable, Sendable {
        /// There is no such key that signs in.
        case unknownKey
        /// An enrolment without a proof-of-possession key is none.
        case lastPossessionKey
        /// The organisation wants a key that verifies the person, and this is the last one.
        case lastVerificationKey
        /// The organisation wants a key in attested hardware, and this is the last one.
        case lastAttestedKey
    }

    let settings: VerifierSettings
    let notices: NoticeService
    let clock: VerifierClock

    /// Removes a key within a transaction. Sessions and tokens that rest on the enrolment end, and the person is told.
    ///
    /// - Returns: the key.
    /// - Throws: ``Refusal``.
    func remove(keyID: String, from enrollment: EnrollmentRecord, in writer: any StoreWriter) throws -> SignInKey {
        var rest = enrollment
        guard enrollment.signInKeys.contains(where: { $0.key.keyID == keyID }) else { throw Refusal.unknownKey }
        guard let removed = rest.takeOut(keyID: keyID) else { throw Refusal.lastPossessionKey }
        if settings.enrollmentUserVerification == .required, removed.keyType == .userVerification,
            rest.userVerification == nil
        {
            throw Refusal.lastVerificationKey
        }
        // Else an enrolment would be left that could not have been made.
        if settings.attestation.requiresAttestation, removed.key.isAttested,
            !rest.signInKeys.contains(where: { $0.key.isAttested })
        {
            throw Refusal.lastAttestedKey
        }
        try writer.save(rest)
        try writer.save(
            EnrolledKeyRecord(id: removed.key.thumbprint, enrollmentID: enrollment.id, wasRemoved: true))
        try Revocation.endAll(enrollmentID: enrollment.id, in: writer)
        let device = try DeviceEnrollment.device(of: enrollment, in: writer)
        let text =
            "A key (\(removed.key.kindInWords)) was removed from your device \"\(device.displayName)\" on "
            + "\(NoticeTime.text(of: clock.now())). If this was not you, tell your administrator at once."
        try notices.post(.keyRemoved, to: enrollment.userID, text: text, in: writer)
        return removed
    }
}

extension EnrolledKey {
    /// Whether it is proven to be in hardware.
    var isAttested: Bool { hardware?.isAttested == true }

    /// What it is in, for a person.
    var kindInWords: String {
        switch hardware?.kind {
        case nil: "in a file"
        case .fido2: "in a security key"
        case .piv: "on a smart card"
        case .tpm: "in a TPM"
        }
    }
}

extension AuditEvent {
    /// A key that was added to an enrolment or removed from it.
    static func key(
        _ type: AuditEventType, _ key: SignInKey, of enrollment: EnrollmentRecord, actor: Entity = .system,
        address: String? = nil, debugData: [String: String] = [:]
    ) -> AuditEvent {
        var data = debugData
        data["keyId"] = key.key.keyID
        data["keyType"] = key.keyType.rawValue
        return AuditEvent(
            type, outcome: .success, actor: actor, address: address,
            targets: [
                .user(id: enrollment.userID, username: nil), .device(id: enrollment.deviceID),
                .enrollment(id: enrollment.id),
            ], debugData: data)
    }
}
