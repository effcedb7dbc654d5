// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// What people see and change of their own account.
struct AccountService: Sendable {
    let services: VerifierServices
    let gate: AccountGate
    let organization: String
    let issuer: String

    /// The longest name of a device, in bytes.
    static let maximumName = 100

    /// The person's devices and keys, and what they may change.
    func view(_ session: Session, address: String) async throws -> AccountView {
        let change = try await gate.permission(.unenroll, session, address: address).permission
        let enroll = try await gate.permission(.enroll, session, address: address).permission
        let userID = session.identity.userID
        let now = services.clock.now()
        return try await services.store.read { reader in
            guard let user = try reader.record(User.self, id: userID) else { throw Self.signedOut }
            let owned = try Self.devices(of: userID, in: reader)
            let active = owned.filter { $0.enrollment.status == .active && $0.device.status == .active }
            return AccountView(
                username: user.username, displayName: user.displayName, organization: organization, issuer: issuer,
                permissions: .init(change: change.name, enroll: enroll.name),
                devices: owned.map { owned in
                    AccountView.Device(
                        owned.enrollment, owned.device,
                        isCurrent: owned.enrollment.id == session.identity.enrollmentID,
                        isLast: active.count == 1 && active[0].enrollment.id == owned.enrollment.id)
                }, serverTime: now)
        }
    }

    /// Gives a device another name.
    func rename(_ enrollmentID: String, to name: String, _ session: Session, address: String) async throws {
        let name = name.trimmingSpaces
        guard !name.isEmpty, TextBounds.isPlain(name, upTo: Self.maximumName) else {
            throw VerifierError(
                400, .validation, "Type a name of at most \(Self.maximumName) bytes without control characters.")
        }
        try await change(.unenroll, session, address: address, .deviceRename) { writer in
            let (enrollment, known) = try Self.owned(enrollmentID, by: session.identity.userID, in: writer)
            var device = known
            device.displayName = name
            try writer.save(device)
            return [.enrollment(id: enrollment.id), .device(id: enrollment.deviceID)]
        }
    }

    /// Removes a device for good: its enrolment, and the sessions and tokens that rest on it.
    ///
    /// - Parameter acceptsLockout: whether the person knows that no device is left that signs them in.
    /// - Throws: ``VerifierError`` 409 where it is the last one and the person was not warned.
    func remove(
        _ enrollmentID: String, acceptsLockout: Bool, _ session: Session, address: String
    ) async throws {
        let (notices, clock) = (services.notices, services.clock)
        try await change(.unenroll, session, address: address, .enrollmentDelete) { writer in
            let userID = session.identity.userID
            let (enrollment, device) = try Self.owned(enrollmentID, by: userID, in: writer)
            let others = try Self.devices(of: userID, in: writer).filter {
                $0.enrollment.id != enrollmentID && $0.enrollment.status == .active && $0.device.status == .active
            }
            guard !others.isEmpty || acceptsLockout else { throw Self.lastDevice }
            _ = try EnrollmentDirectory.change(enrollmentID, to: .deleted, at: clock.now(), in: writer)
            let text =
                "Your device \"\(device.displayName)\" was removed from your account on "
                + "\(NoticeTime.text(of: clock.now())). If this was not you, tell your administrator at once."
            try notices.post(.deviceRemoved, to: userID, text: text, in: writer)
            return [.enrollment(id: enrollment.id), .device(id: enrollment.deviceID)]
        }
    }

    /// Removes a key of a device, such as one that was lost.
    func removeKey(_ keyID: String, of enrollmentID: String, _ session: Session, address: String) async throws {
        let removal = services.enrollmentDirectory.removal
        try await change(.unenroll, session, address: address, .keyRemove) { writer in
            let (enrollment, _) = try Self.owned(enrollmentID, by: session.identity.userID, in: writer)
            do { _ = try removal.remove(keyID: keyID, from: enrollment, in: writer) } catch let refusal
                as KeyRemoval.Refusal
            {
                throw refusal.forPerson
            }
            return [.enrollment(id: enrollment.id), .device(id: enrollment.deviceID)]
        }
    }

    /// Makes a one-time code for another device; voids the one before.
    func makeCode(_ session: Session, address: String) async throws -> String {
        try await services.rateLimiter.spend(.enrollment, by: address)
        try await allow(.enroll, session, address: address)
        guard let user = try await services.users.find(id: session.identity.userID) else { throw Self.signedOut }
        let (notices, now) = (services.notices, services.clock.now())
        do {
            return try await services.codes.issue(username: user.username) { user, writer in
                try notices.post(
                    .codeMade, to: user.id,
                    text: "A one-time code for another device of yours was made on \(NoticeTime.text(of: now)). "
                        + "If this was not you, tell your administrator at once.", in: writer)
            }
        } catch is DirectoryError { throw Self.signedOut }
    }

    // MARK: - Checks

    private func change(
        _ operation: AccountChange.Operation, _ session: Session, address: String, _ event: AuditEventType,
        _ body: @escaping @Sendable (any StoreWriter) throws -> [AuditEvent.Entity]
    ) async throws {
        try await allow(operation, session, address: address)
        let told: @Sendable ([AuditEvent.Entity]) -> [AuditEvent] = { targets in
            [
                AuditEvent(
                    event, outcome: .success, actor: .user(id: session.identity.userID, username: nil),
                    address: address, targets: targets, debugData: ["by": "account page"])
            ]
        }
        _ = try await services.store.write(telling: services.audit, told, body)
    }

    /// Checks that policy allows a change now, and uses up the proof that was made for it.
    private func allow(
        _ operation: AccountChange.Operation, _ session: Session, address: String
    ) async throws {
        let (permission, judgement) = try await gate.permission(operation, session, address: address)
        if let judgement {
            await services.audit.record(
                AuditEvent(
                    .policyEvaluation,
                    outcome: permission == .allowed
                        ? .allow : .deny("The account management policy does not allow it yet"),
                    actor: .user(id: session.identity.userID, username: nil), address: address,
                    debugData: judgement.auditData.merging(["operation": operation.rawValue]) { first, _ in first }))
        }
        switch permission {
        case .allowed: break
        case .afterVerification:
            throw VerifierError(401, .validation, "Confirm that it is you first, then do it again.")
        case .refused:
            throw VerifierError(403, .validation, "Your organisation does not allow this from here.")
        }
        guard session.grant != nil else { return }
        let now = services.clock.now()
        let isUsed = try await services.store.write { writer -> Bool in
            guard var current = try writer.record(Session.self, id: session.id) else { return true }
            let covers = current.grant?.covers(operation, at: now) == true
            current.grant = nil
            try writer.save(current)
            return !covers && session.grant?.covers(operation, at: now) == true
        }
        // Of two changes at once that rest on one proof, one is made.
        guard !isUsed else { throw VerifierError(401, .validation, "Confirm that it is you first, then do it again.") }
    }

    private static func devices(
        of userID: String, in reader: any StoreReader
    ) throws -> [(enrollment: EnrollmentRecord, device: DeviceRecord)] {
        try reader.records(EnrollmentRecord.self, where: .first, is: userID)
            .filter { $0.status != .deleted }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            .map { (enrollment: $0, device: try DeviceEnrollment.device(of: $0, in: reader)) }
    }

    /// An enrolment of the person's own; anybody else's is as if it were not there.
    private static func owned(
        _ id: String, by userID: String, in reader: any StoreReader
    ) throws -> (EnrollmentRecord, DeviceRecord) {
        guard let enrollment = try reader.record(EnrollmentRecord.self, id: id), enrollment.userID == userID,
            enrollment.status != .deleted
        else { throw VerifierError(404, .enrollmentNotFound, "You have no such device.") }
        return (enrollment, try DeviceEnrollment.device(of: enrollment, in: reader))
    }

    static let signedOut = VerifierError(401, .invalidToken, "You are not signed in any more. Load the page again.")
    private static let lastDevice = VerifierError(
        409, .validation,
        "This is the last device that signs you in. Without it you cannot sign in until an administrator helps you.")
}

extension KeyRemoval.Refusal {
    /// Why the key stays, for its owner.
    fileprivate var forPerson: VerifierError {
        switch self {
        case .unknownKey: VerifierError(404, .notFound, "This device has no such key.")
        case .lastPossessionKey:
            VerifierError(409, .validation, "This is the device's last key. Remove the device instead.")
        case .lastVerificationKey:
            VerifierError(
                409, .validation, "Your organisation wants a key that verifies you, and this is the last one.")
        case .lastAttestedKey:
            VerifierError(409, .validation, "Your organisation wants a key in hardware, and this is the last one.")
        }
    }
}

extension String {
    /// The text without the blanks around it.
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
