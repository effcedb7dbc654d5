// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whether a device or enrolment may answer.
package enum EnrollmentStatus: String, Hashable, Sendable, Codable {
    /// It may.
    case active
    /// Not for now.
    case suspended
    /// Not any more, until it is activated again.
    case deactivated
    /// Never again.
    case deleted
}

/// One agent's enrolment for one person: its keys, and whether they count.
package struct EnrollmentRecord: StoredRecord, Hashable {
    package static let collection = "enrollments"

    /// The enrolment's id.
    package let id: String
    /// The person.
    package let userID: String
    /// The device.
    package let deviceID: String
    /// The id that responses repeat as `methodEnrollmentId`.
    package let methodID: String
    /// The name that the agent gave its request.
    package let requestID: String
    /// Whether it may answer.
    package var status: EnrollmentStatus
    /// The promptless key.
    package var proofOfPossession: EnrolledKey
    /// The key behind a PIN or fingerprint.
    package var userVerification: EnrolledKey?
    /// The key of refusals and maintenance.
    package let clientInstance: EnrolledKey
    /// Further keys that sign the person in; of each purpose the oldest first.
    package var spares: [SignInKey] = []
    /// When it was made, in seconds since 1970.
    package let createdAt: Int64

    package var indexKeys: [IndexSlot: String] {
        [.unique: Self.requestKey(userID: userID, requestID: requestID), .first: userID, .second: deviceID]
    }

    /// The first key of each purpose and the client instance key, in one order.
    var firstKeys: [EnrolledKey] { [proofOfPossession, clientInstance] + (userVerification.map { [$0] } ?? []) }

    static func requestKey(userID: String, requestID: String) -> String { "\(userID) \(requestID)" }
}

/// A device as it described itself when it was enrolled.
package struct DeviceRecord: StoredRecord, Hashable {
    package static let collection = "devices"

    /// The device's id.
    package let id: String
    /// The id of the agent's instance.
    package let clientInstanceID: String
    /// Whose device it is.
    package let userID: String
    /// What the person calls it.
    package var displayName: String
    /// `LINUX`.
    package let platform: String
    /// The distribution's version, where the device told it.
    package let osVersion: String?
    /// The maker, where the device told it.
    package let manufacturer: String?
    /// The maker's name for it, where the device told it.
    package let model: String?
    /// The agent's version.
    package let clientInstanceVersion: String
    /// Whether it may answer.
    package var status: EnrollmentStatus
    /// When it was enrolled, in seconds since 1970.
    package let createdAt: Int64
    /// When its status changed last.
    package var updatedAt: Int64?

    package var indexKeys: [IndexSlot: String] { [.first: userID] }
}

/// The thumbprint of a key that was enrolled once, so that no key is enrolled twice, not even after its enrolment's end.
struct EnrolledKeyRecord: StoredRecord {
    static let collection = "enrolled_keys"

    /// The thumbprint.
    let id: String
    /// Whose key it was last.
    let enrollmentID: String
    /// Whether it was removed from an enrolment, as a key is that was lost; `nil` where it was not.
    var wasRemoved: Bool?

    /// Remembers a key of an enrolment.
    ///
    /// A smart card's key is the one that is made once and goes with its owner from machine to machine: unless it was removed, the
    /// same person may enrol it again, with another device or with this one anew.
    /// - Throws: `StoreError.alreadyExists` for any other key that was ever enrolled.
    static func insert(_ key: EnrolledKey, of enrollment: EnrollmentRecord, in writer: any StoreWriter) throws {
        let record = EnrolledKeyRecord(id: key.thumbprint, enrollmentID: enrollment.id)
        if key.hardware?.kind == .piv, try isOfTheSamePerson(record, as: enrollment, in: writer) {
            try writer.save(record)
        } else {
            try writer.insert(record)
        }
    }

    private static func isOfTheSamePerson(
        _ record: EnrolledKeyRecord, as enrollment: EnrollmentRecord, in reader: any StoreReader
    ) throws -> Bool {
        guard let earlier = try reader.record(EnrolledKeyRecord.self, id: record.id),
            earlier.wasRemoved != true,
            let owner = try reader.record(EnrollmentRecord.self, id: earlier.enrollmentID)
        else { return false }
        return owner.userID == enrollment.userID
    }
}

/// Changes to enrolments that are made within another's transaction.
enum EnrollmentRecords {
    /// Deletes all enrolments and devices of a user.
    static func deleteAll(userID: String, in writer: any StoreWriter) throws {
        try writer.delete(RiskMemory.self, id: userID)
        try RecordedSignIn.forget(userID: userID, in: writer)
        for enrollment in try writer.records(EnrollmentRecord.self, where: .first, is: userID) {
            try delete(enrollment, in: writer)
        }
        for var device in try writer.records(DeviceRecord.self, where: .first, is: userID) {
            device.status = .deleted
            try writer.save(device)
        }
    }

    /// Deletes all enrolments of a device.
    static func deleteAll(deviceID: String, in writer: any StoreWriter) throws {
        for enrollment in try writer.records(EnrollmentRecord.self, where: .second, is: deviceID) {
            try delete(enrollment, in: writer)
        }
    }

    /// Whether a device has an enrolment that was not deleted.
    static func isEnrolled(deviceID: String, in reader: any StoreReader) throws -> Bool {
        try reader.records(EnrollmentRecord.self, where: .second, is: deviceID).contains { $0.status != .deleted }
    }

    private static func delete(_ enrollment: EnrollmentRecord, in writer: any StoreWriter) throws {
        var enrollment = enrollment
        enrollment.status = .deleted
        try writer.save(enrollment)
        try forget(deviceID: enrollment.deviceID, in: writer)
    }

    /// Forgets what a device reported, once it does not answer any more.
    static func forget(deviceID: String, in writer: any StoreWriter) throws {
        try writer.delete(DeviceReport.self, id: deviceID)
        try writer.delete(AssuranceStanding.self, id: deviceID)
    }
}
