// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// An enrolled device as the management API tells of it.
struct DeviceResource: Sendable {
    let device: DeviceRecord
    let issuer: String

    /// All that is known.
    var value: ResourceValue {
        let path = "\(issuer)/api/v1/devices/\(device.id)"
        var profile: [String: ResourceValue] = [
            "displayName": .string(device.displayName), "platform": .string(device.platform), "registered": true,
        ]
        for (name, text) in [
            ("osVersion", device.osVersion), ("manufacturer", device.manufacturer), ("model", device.model),
        ] { profile[name] = text.map { .string($0) } }
        return [
            "id": .string(device.id), "status": .string(Self.status(device.status)),
            "created": UserResource.time(device.createdAt),
            "lastUpdated": UserResource.time(device.updatedAt ?? device.createdAt), "profile": .object(profile),
            "resourceType": "UDDevice", "resourceId": .string(device.id), "resourceAlternateId": .null,
            "resourceDisplayName": ["value": .string(device.displayName), "sensitive": false],
            "_links": ["self": ["href": .string(path)], "users": ["href": .string("\(path)/users")]],
        ]
    }

    /// What is shown: Okta's models know no platform `LINUX`, and a profile cannot be without one. So the profile of such a device is
    /// for those alone who ask for extensions; its name stands in `resourceDisplayName` for all.
    func shown(isExtended: Bool) -> ResourceValue {
        guard !isExtended, !Self.platforms.contains(device.platform), var members = value.members else { return value }
        members["profile"] = nil
        return .object(members)
    }

    private static let platforms: Set = ["ANDROID", "IOS", "MACOS", "WINDOWS"]

    static func status(_ status: EnrollmentStatus) -> String {
        switch status {
        case .active: "ACTIVE"
        case .suspended: "SUSPENDED"
        case .deactivated: "DEACTIVATED"
        case .deleted: "DELETED"
        }
    }
}
