// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/devices`. Devices come by enrolment alone.
struct DeviceRoutes: Sendable {
    let gate: ManagementGate

    /// A change of a device's state.
    private struct Transition: Sendable {
        let name: String
        let origins: Set<EnrollmentStatus>
        let destination: EnrollmentStatus
        let event: AuditEventType
    }

    private static let transitions = [
        Transition(name: "activate", origins: [.deactivated], destination: .active, event: .deviceActivate),
        Transition(
            name: "deactivate", origins: [.active, .suspended], destination: .deactivated, event: .deviceDeactivate),
        Transition(name: "suspend", origins: [.active], destination: .suspended, event: .deviceSuspend),
        Transition(name: "unsuspend", origins: [.suspended], destination: .active, event: .deviceUnsuspend),
    ]

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .get, "/devices", .devices) { try await list($0) }
        gate.on(router, .get, "/devices/:id", .devices) { call in
            let device = try await call.services.store.read { try Self.device(call, in: $0) }
            let resource = DeviceResource(device: device, issuer: call.services.settings.issuer)
            return try .resource(resource.value, shown: resource.shown(isExtended: call.isExtended))
        }
        gate.on(router, .get, "/devices/:id/users", .devices) { try await users($0) }
        gate.on(router, .delete, "/devices/:id", .devices) { try await delete($0) }
        for transition in Self.transitions {
            gate.on(router, .post, "/devices/:id/lifecycle/\(transition.name)", .devices) { call in
                let now = call.now
                return try await call.change { writer in
                    let device = try Self.device(call, in: writer)
                    try call.checkMatch(Self.value(device, call))
                    if device.status == transition.destination { return .empty }
                    guard transition.origins.contains(device.status) else {
                        throw ManagementError.validation(
                            "Cannot \(transition.name) a device in the status \(DeviceResource.status(device.status))")
                    }
                    if transition.destination == .active,
                        try !EnrollmentRecords.isEnrolled(deviceID: device.id, in: writer)
                    {
                        throw ManagementError.validation(
                            "Cannot \(transition.name) a device whose enrolment was removed; enrol it again")
                    }
                    return try Self.change(device, to: transition.destination, transition.event, at: now, in: writer)
                }
            }
        }
    }

    private static func change(
        _ device: DeviceRecord, to status: EnrollmentStatus, _ event: AuditEventType, at now: Int64,
        in writer: any StoreWriter
    ) throws -> ManagementAnswer {
        _ = try EnrollmentDirectory.changeDevice(device.id, to: status, at: now, in: writer)
        return ManagementAnswer.empty.telling(
            AuditEvent(
                event, outcome: .success,
                targets: [.device(id: device.id), .user(id: device.userID, username: nil)]))
    }

    private static func device(_ call: ManagementCall, in reader: any StoreReader) throws -> DeviceRecord {
        let id = try call.parameter()
        guard let device = try reader.record(DeviceRecord.self, id: id), device.status != .deleted else {
            throw ManagementError.notFound(id, "Device")
        }
        return device
    }

    private static func value(_ device: DeviceRecord, _ call: ManagementCall) -> ResourceValue {
        DeviceResource(device: device, issuer: call.services.settings.issuer).value
    }

    private func list(_ call: ManagementCall) async throws -> ManagementAnswer {
        let page = try ManagementPage(call, list: "devices")
        let search = try call.filter("search")
        let issuer = call.services.settings.issuer
        let isExtended = call.isExtended
        let expands = call.query["expand"]
        guard [nil, "user", "userSummary"].contains(expands) else {
            throw ManagementError.invalid("expand", "must be user or userSummary")
        }
        let content = try await call.services.store.read { reader in
            try page.gather(DeviceRecord.self, in: reader) { device -> ManagementPage.Choice<ResourceValue> in
                let resource = DeviceResource(device: device, issuer: issuer)
                guard device.status != .deleted, search?.matches(resource.value) != false else { return .unfit }
                var value = resource.shown(isExtended: isExtended)
                if expands != nil, var members = value.members {
                    members["_embedded"] = ["users": .array(try Self.users(of: device, call, in: reader))]
                    value = .object(members)
                }
                return .shown(value)
            }
        }
        return ManagementAnswer(content)
    }

    private func users(_ call: ManagementCall) async throws -> ManagementAnswer {
        let users = try await call.services.store.read { reader in
            try Self.users(of: try Self.device(call, in: reader), call, in: reader)
        }
        return ManagementAnswer(value: .array(users))
    }

    private static func users(
        of device: DeviceRecord, _ call: ManagementCall, in reader: any StoreReader
    ) throws -> [ResourceValue] {
        guard let user = try reader.record(User.self, id: device.userID), user.status != .deleted else { return [] }
        let resource = UserResource(user: user, issuer: call.services.settings.issuer)
        return [
            [
                "created": UserResource.time(device.createdAt),
                "user": resource.shown(isExtended: call.isExtended),
            ]
        ]
    }

    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        let now = call.now
        return try await call.change { writer in
            let device = try Self.device(call, in: writer)
            try call.checkMatch(Self.value(device, call))
            // As at Okta: what still answers for somebody is not deleted by one slip.
            guard device.status == .deactivated else {
                throw ManagementError.validation(
                    "Cannot delete a device in the status \(DeviceResource.status(device.status)); deactivate it first")
            }
            return try Self.change(device, to: .deleted, .deviceDelete, at: now, in: writer)
        }
    }
}
