// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension NetworkZone {
    /// The zone as Okta's API writes it.
    public var json: JSONValue {
        var members: [(String, JSONValue?)] = [("type", .string(typeName))]
        members += metadata.members.filter { $0.0 != "priority" }
        members.append(("usage", .string(usage.rawValue)))
        switch kind {
        case .addresses(let zone):
            members += [("gateways", .array(zone.gateways.map(\.json))), ("proxies", .array(zone.proxies.map(\.json)))]
        case .dynamic(let zone):
            members += [
                ("asns", .strings(zone.autonomousSystems)), ("locations", .array(zone.locations.map(\.json))),
                ("proxyType", (zone.proxy?.rawValue).map(JSONValue.string) ?? .null),
            ]
        case .enhanced(let zone):
            members += [
                ("asns", zone.autonomousSystems.json),
                (
                    "locations",
                    .object(of: [
                        ("include", .array(zone.includedLocations.map(\.json))),
                        ("exclude", .array(zone.excludedLocations.map(\.json))),
                    ])
                ),
                ("ipServiceCategories", zone.serviceCategories.json),
            ]
        }
        members.append(("_links", metadata.links))
        return .object(of: members)
    }

    /// The value of `type`.
    public var typeName: String {
        switch kind {
        case .addresses: "IP"
        case .dynamic: "DYNAMIC"
        case .enhanced: "DYNAMIC_V2"
        }
    }
}

extension AddressZone.Entry {
    fileprivate var json: JSONValue {
        .object(of: [("type", .string(notation.rawValue)), ("value", .string(value))])
    }
}

extension ZoneLocation {
    fileprivate var json: JSONValue {
        .object(of: [("country", .string(country)), ("region", region.map(JSONValue.string))])
    }
}
