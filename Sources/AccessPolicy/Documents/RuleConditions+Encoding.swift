// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

extension RuleConditions {
    /// The conditions as Okta's API writes them; what is not known here is written as it was read.
    var json: JSONValue {
        .object(
            of: [
                ("people", people?.json), ("userType", userType?.json), ("network", network?.json),
                ("device", device?.json), ("platform", platform?.json),
                ("riskScore", riskScore.map { .object(of: [("level", .string($0.level?.rawValue ?? "ANY"))]) }),
                ("elCondition", expression.map { .object(of: [("condition", .string($0.source))]) }),
            ] + JSONMember.pairs(unrecognized))
    }
}

extension JSONMember {
    static func pairs(_ members: [JSONMember]) -> [(String, JSONValue?)] { members.map { ($0.name, $0.value) } }
}

extension Inclusion {
    var json: JSONValue { .object(of: [("include", .strings(include)), ("exclude", .strings(exclude))]) }
}

extension PeopleCondition {
    var json: JSONValue {
        .object(of: [("users", users.json), ("groups", groups.json)] + JSONMember.pairs(unrecognized))
    }
}

extension NetworkCondition {
    var json: JSONValue {
        var members: [(String, JSONValue?)] = [("connection", .string(connection.rawValue))]
        if connection == .zone || zones != Inclusion() {
            members += [("include", .strings(zones.include)), ("exclude", .strings(zones.exclude))]
        }
        return .object(of: members + JSONMember.pairs(unrecognized))
    }
}

extension DeviceCondition {
    fileprivate var json: JSONValue {
        let prefix = "assurance."
        let nested = unrecognized.filter { $0.name.hasPrefix(prefix) }.map {
            ($0.name.dropFirst(prefix.count).description, JSONValue?.some($0.value))
        }
        let hasAssurance = !assurance.isEmpty || !nested.isEmpty
        return .object(
            of: [
                ("registered", registered.map(JSONValue.boolean)), ("managed", managed.map(JSONValue.boolean)),
                ("assurance", hasAssurance ? .object(of: [("include", .strings(assurance))] + nested) : nil),
            ] + JSONMember.pairs(unrecognized.filter { !$0.name.hasPrefix(prefix) }))
    }
}

extension PlatformCondition {
    fileprivate var json: JSONValue {
        .object(
            of: [("include", .array(include.map(\.json))), ("exclude", .array(exclude.map(\.json)))]
                + JSONMember.pairs(unrecognized))
    }
}

extension PlatformCondition.Platform {
    fileprivate var json: JSONValue {
        .object(of: [
            ("type", .string(type.rawValue)),
            (
                "os",
                system.map { system in
                    .object(of: [
                        ("type", .string(system.type.rawValue)),
                        ("expression", system.expression.map(JSONValue.string)),
                        (
                            "version",
                            system.version.map { version in
                                .object(of: [
                                    ("matchType", .string(version.matchType.rawValue)),
                                    ("value", .string(version.value)),
                                ])
                            }
                        ),
                    ])
                }
            ),
        ])
    }
}
