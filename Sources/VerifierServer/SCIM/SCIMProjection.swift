// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// Which attributes an answer has (RFC 7644 §3.9), and its version.
struct SCIMProjection: Sendable {
    private let wanted: [SCIMPath]?
    private let excluded: [SCIMPath]

    /// What a request asks for; names that the type does not have are nobody's.
    init(_ call: ManagementCall, _ type: SCIMResourceType) {
        func paths(_ name: String) -> [SCIMPath]? {
            call.query[name].map { text in
                text.split(separator: ",").prefix(100).compactMap {
                    try? SCIMPath(String($0.filter { $0 != " " }), of: type)
                }
            }
        }
        wanted = paths("attributes")
        excluded = paths("excludedAttributes") ?? []
    }

    /// Whether an attribute of the type's own schema is told of; what costs much need not be gathered where it is not.
    func tells(_ name: String) -> Bool {
        if let wanted { return wanted.contains { $0.names.first == name } }
        return !excluded.contains { $0.names == [name] }
    }

    /// What is shown of a resource.
    func shown(_ value: ResourceValue) throws -> ResourceValue {
        var members = value.members ?? [:]
        var meta = members["meta"]?.members ?? [:]
        meta["version"] = .string(try ManagementAnswer.tag(of: value))
        members["meta"] = .object(meta)
        let always = members.filter { $0.key == "schemas" || $0.key == "id" }
        var shown = ResourceValue.object(members)
        if let wanted {
            shown = .object(always)
            for path in wanted { shown = Self.copy(path.names[...], from: .object(members), to: shown) }
        }
        for path in excluded where always[path.names.first ?? ""] == nil {
            shown = Self.without(path.names[...], shown)
        }
        return shown
    }

    /// An answer with a resource.
    func answer(
        _ value: ResourceValue, at location: String, status: Int, events: [AuditEvent]
    ) throws -> ManagementAnswer {
        var answer = try ManagementAnswer.resource(
            value, shown: try shown(value), status: status, events: events)
        if status == 201 { answer.location = location }
        return answer
    }

    private static func copy(
        _ path: ArraySlice<String>, from value: ResourceValue, to shown: ResourceValue
    ) -> ResourceValue {
        guard let name = path.first, let member = value[name] else { return shown }
        var members = shown.members ?? [:]
        let rest = path.dropFirst()
        if rest.isEmpty {
            members[name] = member
        } else if let elements = member.elements {
            let former = members[name]?.elements ?? elements.map { _ in [:] }
            members[name] = .array(zip(elements, former).map { copy(rest, from: $0, to: $1) })
        } else {
            members[name] = copy(rest, from: member, to: members[name] ?? [:])
        }
        return .object(members)
    }

    private static func without(_ path: ArraySlice<String>, _ value: ResourceValue) -> ResourceValue {
        if let elements = value.elements { return .array(elements.map { without(path, $0) }) }
        guard let name = path.first, var members = value.members, let member = members[name] else {
            return value
        }
        let rest = path.dropFirst()
        members[name] = rest.isEmpty ? nil : without(rest, member)
        return .object(members)
    }
}
