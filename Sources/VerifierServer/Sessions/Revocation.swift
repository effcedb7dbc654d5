// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Ends what rests on a user, a device or an enrolment, within the transaction that suspends or deletes it.
package enum Revocation {
    /// Ends all sessions and revokes all access tokens of a user.
    static func endAll(userID: String, in writer: any StoreWriter) throws {
        try endAll(in: writer, slot: .first, key: userID) { _ in true }
    }

    /// Ends all sessions and revokes all access tokens that rest on an enrolment.
    static func endAll(enrollmentID: String, in writer: any StoreWriter) throws {
        try endAll(in: writer, slot: .second, key: enrollmentID) { _ in true }
    }

    /// Ends all sessions and revokes all access tokens that rest on a device.
    static func endAll(deviceID: String, in writer: any StoreWriter) throws {
        guard let device = try writer.record(DeviceRecord.self, id: deviceID) else { return }
        try endAll(in: writer, slot: .first, key: device.userID) { $0.deviceID == deviceID }
    }

    private static func endAll(
        in writer: any StoreWriter, slot: IndexSlot, key: String, where matches: (AuthenticatedIdentity) -> Bool
    ) throws {
        for session in try writer.records(Session.self, where: slot, is: key) where matches(session.identity) {
            try writer.delete(Session.self, id: session.id)
        }
        for token in try writer.records(AccessTokenRecord.self, where: slot, is: key) where matches(token.identity) {
            try writer.delete(AccessTokenRecord.self, id: token.id)
        }
    }
}
