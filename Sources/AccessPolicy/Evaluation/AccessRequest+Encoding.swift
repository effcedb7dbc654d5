// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import DeviceSignals
internal import ExpressionLanguage

extension AccessRequest {
    /// The request as ``decode(_:)`` reads it: what is not known is left out, as are the reasons why nobody can tell of a device.
    ///
    /// - Parameter isLeftOut: which names of `device.profile` are left out, such as those of serial numbers.
    public func json(leavingOut isLeftOut: (String) -> Bool = { _ in false }) -> JSONValue {
        .object(of: [
            ("now", .integer(now)), ("policy", policyID.map(JSONValue.string)), ("user", user?.json),
            ("device", device.json(leavingOut: isLeftOut)), ("network", network.json),
            (
                "risk",
                .object(of: [
                    ("level", risk.level.map { .string($0.rawValue) }),
                    ("behaviors", risk.behaviors.map(JSONValue.strings)),
                ])
            ),
            (
                "session",
                .object(of: [
                    ("id", session.id.map(JSONValue.string)), ("amr", session.methods.map(JSONValue.strings)),
                ])
            ),
            ("login", loginIdentifier.map { .object(of: [("identifier", .string($0))]) }),
            ("accessRequest", account?.json),
        ])
    }
}

extension AccessRequest.User {
    fileprivate var json: JSONValue {
        var members: [(String, JSONValue?)] = [
            ("id", id.map(JSONValue.string)), ("type", type.map(JSONValue.string)),
            ("groups", groups.map { .array($0.map(\.json)) }), ("profile", .values(profile)),
        ]
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            if case .time(let time) = value {
                members.append((name, .integer(time.seconds)))
            } else {
                members.append((name, JSONValue(value)))
            }
        }
        return .object(of: members)
    }
}

extension AccessRequest.Group {
    fileprivate var json: JSONValue {
        .object(of: [
            ("id", .string(id)), ("name", .string(name)), ("type", .string(type.rawValue)),
            ("source", sourceID.map(JSONValue.string)),
        ])
    }
}

extension AccessRequest.Device {
    fileprivate func json(leavingOut isLeftOut: (String) -> Bool) -> JSONValue {
        .object(of: [
            ("id", id.map(JSONValue.string)), ("registered", registered.map(JSONValue.boolean)),
            ("managed", managed.map(JSONValue.boolean)), ("type", type.map { .string($0.rawValue) }),
            ("os", system.map { .string($0.rawValue) }),
            ("osVersion", systemVersion.map { .string($0.description) }),
            ("profile", .values(profile.filter { !isLeftOut($0.key) })),
            ("screenLockType", screenLockType.map(JSONValue.string)),
            ("provider", .object(providers.sorted { $0.key < $1.key }.map { JSONMember($0.key, .values($0.value)) })),
            ("caller", .values(caller)),
            (
                "assurance",
                .object(assurance.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value.word)) })
            ),
        ])
    }
}

extension AccessRequest.AssuranceVerdict {
    fileprivate var word: String {
        switch self {
        case .compliant: "COMPLIANT"
        case .inGracePeriod: "IN_GRACE_PERIOD"
        case .notCompliant: "NOT_COMPLIANT"
        case .indeterminate: "INDETERMINATE"
        }
    }
}

extension AccessRequest.Network {
    fileprivate var json: JSONValue {
        .object(of: [
            ("addresses", .strings(addresses)),
            ("zones", .object(zones.sorted { $0.key < $1.key }.map { JSONMember($0.key, .boolean($0.value)) })),
            ("asn", autonomousSystem.map(JSONValue.string)),
            (
                "location",
                location.map {
                    .object(of: [("country", .string($0.country)), ("region", $0.region.map(JSONValue.string))])
                }
            ),
            ("proxy", proxy.map { .string($0.rawValue) }),
            ("serviceCategories", serviceCategories.map { .strings($0.sorted()) }),
        ])
    }
}

extension AccessRequest.AccountChange {
    fileprivate var json: JSONValue {
        .object(of: [
            ("operation", .string(operation.rawValue)),
            (
                "authenticator",
                .object(of: [
                    ("id", authenticatorID.map(JSONValue.string)), ("key", authenticatorKey.map(JSONValue.string)),
                ])
            ),
            ("metadata", metadataType.map { .object(of: [("type", .string($0))]) }),
        ])
    }
}

extension JSONValue {
    fileprivate static func values(_ values: [String: ExpressionValue]) -> JSONValue {
        .object(values.sorted { $0.key < $1.key }.map { JSONMember($0.key, JSONValue($0.value)) })
    }

    /// A value of an expression; what JSON has no form for becomes text.
    fileprivate init(_ value: ExpressionValue) {
        switch value {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(Int64(number))
        case .long(let number): self = .integer(number)
        case .decimal(let number): self = .decimal(number)
        case .string(let text): self = .string(text)
        case .list(let elements): self = .array(elements.map { JSONValue($0) })
        case .map(let map): self = .object(map.entries.map { JSONMember($0.key, JSONValue($0.value)) })
        case .time(let time): self = .string(time.iso8601)
        case .country(let country): self = .string(country.alpha2)
        }
    }
}
