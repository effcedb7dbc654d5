// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The enrolments, as the administrator keeps them.
package struct EnrollmentDirectory: Sendable {
    /// What is shown of an enrolment.
    package struct Entry: Hashable, Sendable, Codable {
        /// The enrolment's id.
        package let id: String
        /// The person's name.
        package let username: String
        /// The device's id.
        package let deviceID: String
        /// What the person calls the device.
        package let deviceName: String
        /// The device's maker and model, where it told them.
        package let deviceModel: String?
        /// Whether it may answer.
        package let status: EnrollmentStatus
        /// Whether the device may answer.
        package let deviceStatus: EnrollmentStatus
        /// Whether it has a key that verifies the person.
        package let verifiesUser: Bool
        /// When it was made, in seconds since 1970.
        package let createdAt: Int64
    }

    let store: any VerifierStore
    let audit: AuditLog
    let removal: KeyRemoval

    /// The enrolments of a user, or of all, that were not deleted; the oldest first.
    ///
    /// - Throws: ``DirectoryError/unknownUser(_:)``.
    package func list(username: String? = nil) async throws -> [Entry] {
        try await store.read { reader in
            var enrollments: [EnrollmentRecord]
            if let username {
                guard let name = Username(username), let user = try UserDirectory.user(named: name, in: reader) else {
                    throw DirectoryError.unknownUser(username)
                }
                enrollments = try reader.records(EnrollmentRecord.self, where: .first, is: user.id)
            } else {
                enrollments = try reader.all(EnrollmentRecord.self)
            }
            enrollments.removeAll { $0.status == .deleted }
            enrollments.sort { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            return try enrollments.compactMap { try Self.entry(of: $0, in: reader) }
        }
    }

    /// Suspends an enrolment; the sessions and tokens that rest on it end in the same transaction.
    package func suspend(_ id: String) async throws { try await change(id, to: .suspended, .enrollmentSuspend) }

    /// Lets a suspended enrolment answer again.
    package func resume(_ id: String) async throws { try await change(id, to: .active, .enrollmentUnsuspend) }

    /// Deletes an enrolment for good; the sessions and tokens that rest on it end in the same transaction.
    package func delete(_ id: String) async throws { try await change(id, to: .deleted, .enrollmentDelete) }

    /// Suspends, resumes or deletes a device with all that rests on it.
    package func setDevice(_ deviceID: String, to status: EnrollmentStatus) async throws {
        _ = try await store.write(telling: audit, { _ in [Self.deviceEvent(status, id: deviceID)] }) {
            try Self.changeDevice(deviceID, to: status, at: nil, in: $0)
        }
    }

    /// Changes a device's state, and ends what rests on it, within a transaction.
    ///
    /// - Throws: ``DirectoryError/unknownEnrollment(_:)`` or ``DirectoryError/enrollmentDeleted(_:)``.
    static func changeDevice(
        _ deviceID: String, to status: EnrollmentStatus, at time: Int64?, in writer: any StoreWriter
    ) throws -> DeviceRecord {
        guard var device = try writer.record(DeviceRecord.self, id: deviceID) else {
            throw DirectoryError.unknownEnrollment(deviceID)
        }
        guard device.status != .deleted else { throw DirectoryError.enrollmentDeleted(deviceID) }
        device.status = status
        device.updatedAt = time ?? device.updatedAt
        try writer.save(device)
        if status != .active { try Revocation.endAll(deviceID: deviceID, in: writer) }
        if status == .deleted { try EnrollmentRecords.deleteAll(deviceID: deviceID, in: writer) }
        return device
    }

    /// What the audit log tells of a device that came into a state.
    static func deviceEvent(_ status: EnrollmentStatus, id: String) -> AuditEvent {
        let type: AuditEventType =
            switch status {
            case .active: .deviceUnsuspend
            case .suspended: .deviceSuspend
            case .deactivated: .deviceDeactivate
            case .deleted: .deviceDelete
            }
        return AuditEvent(type, outcome: .success, targets: [.device(id: id)])
    }

    /// Changes an enrolment's state within a transaction. A device whose last enrolment is deleted is nobody's any more and, as at Okta,
    /// deactivated; administrators may delete it.
    static func change(
        _ id: String, to status: EnrollmentStatus, at time: Int64, in writer: any StoreWriter
    ) throws -> EnrollmentRecord {
        guard var enrollment = try writer.record(EnrollmentRecord.self, id: id) else {
            throw DirectoryError.unknownEnrollment(id)
        }
        guard enrollment.status != .deleted else { throw DirectoryError.enrollmentDeleted(id) }
        enrollment.status = status
        try writer.save(enrollment)
        if status != .active { try Revocation.endAll(enrollmentID: id, in: writer) }
        if status == .deleted {
            try EnrollmentRecords.forget(deviceID: enrollment.deviceID, in: writer)
            try deactivateIfAbandoned(enrollment.deviceID, at: time, in: writer)
        }
        return enrollment
    }

    private static func deactivateIfAbandoned(_ id: String, at time: Int64, in writer: any StoreWriter) throws {
        guard var device = try writer.record(DeviceRecord.self, id: id),
            device.status == .active || device.status == .suspended,
            try !EnrollmentRecords.isEnrolled(deviceID: id, in: writer)
        else { return }
        device.status = .deactivated
        device.updatedAt = time
        try writer.save(device)
    }

    private func change(_ id: String, to status: EnrollmentStatus, _ event: AuditEventType) async throws {
        let now = removal.clock.now()
        let told: @Sendable (EnrollmentRecord) -> [AuditEvent] = { enrollment in
            [
                AuditEvent(
                    event, outcome: .success,
                    targets: [
                        .enrollment(id: id), .device(id: enrollment.deviceID),
                        .user(id: enrollment.userID, username: nil),
                    ])
            ]
        }
        _ = try await store.write(telling: audit, told) { try Self.change(id, to: status, at: now, in: $0) }
    }

    private static func entry(of enrollment: EnrollmentRecord, in reader: any StoreReader) throws -> Entry? {
        guard let user = try reader.record(User.self, id: enrollment.userID),
            let device = try reader.record(DeviceRecord.self, id: enrollment.deviceID)
        else { return nil }
        let model = [device.manufacturer, device.model].compactMap { $0 }.joined(separator: " ")
        return Entry(
            id: enrollment.id, username: user.username, deviceID: device.id, deviceName: device.displayName,
            deviceModel: model.isEmpty ? nil : model, status: enrollment.status, deviceStatus: device.status,
            verifiesUser: enrollment.userVerification != nil, createdAt: enrollment.createdAt)
    }
}
