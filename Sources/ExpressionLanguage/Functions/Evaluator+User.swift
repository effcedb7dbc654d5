// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension Evaluator {
    /// Calls a function of `user`.
    mutating func call(
        _ function: UserFunction, _ nodes: [SyntaxNode], at offset: Int
    ) throws(EvaluationFailure) -> ExpressionValue {
        let arguments = try values(nodes)
        switch function {
        case .getGroups: return .list(try groups(arguments, at: offset).map(\.value))
        case .isMemberOf:
            guard !arguments.isEmpty else {
                throw EvaluationFailure(
                    .wrongArguments, at: offset, "isMemberOf needs at least one map",
                    hint: "such as {'group.profile.name': 'Engineering', 'operator': 'EXACT'}")
            }
            return .boolean(!(try groups(arguments, at: offset).isEmpty))
        case .getInternalProperty:
            let name = try name(arguments, function, offset)
            guard let value = context.internalProperties[name] else {
                throw Self.missing("user.getInternalProperty('\(name.prefix(64))')", at: offset)
            }
            return value
        case .getLinkedObject:
            let name = try name(arguments, function, offset)
            guard let value = context.linkedObjects[name] else {
                throw Self.missing("user.getLinkedObject('\(name.prefix(64))')", at: offset)
            }
            return value
        }
    }

    private func name(
        _ arguments: [ExpressionValue], _ function: UserFunction, _ offset: Int
    ) throws(EvaluationFailure) -> String {
        guard arguments.count == 1, case .string(let name) = arguments[0] else {
            throw EvaluationFailure(.wrongArguments, at: offset, "\(function.rawValue) takes one string")
        }
        return name
    }

    /// The groups that meet every map of criteria.
    private mutating func groups(
        _ arguments: [ExpressionValue], at offset: Int
    ) throws(EvaluationFailure) -> [GroupMembership] {
        var criteria: [GroupCriteria] = []
        for argument in arguments {
            guard case .map(let map) = argument else {
                throw EvaluationFailure(
                    .wrongArguments, at: offset, "groups are searched by maps", hint: GroupCriteria.hint)
            }
            criteria.append(try GroupCriteria(map, at: offset))
        }
        guard let groups = context.groups else { throw Self.missing("the user's groups", at: offset) }
        try count(groups.count * (16 + criteria.reduce(0) { $0 + $1.values }) / 16, at: offset)
        guard groups.count <= ExpressionLimits.listElements else {
            throw EvaluationFailure(
                .tooLarge, at: offset, "the user has more than \(ExpressionLimits.listElements) groups")
        }
        return groups.filter { group in criteria.allSatisfy { $0.matches(group) } }
    }
}

/// What one map asks of a group: every key of it, by any of the key's values.
struct GroupCriteria {
    static let hint = "keys are group.id, group.type, group.source.id, group.profile.name, and operator beside the last"

    private var ids: [String]?
    private var types: [String]?
    private var sources: [String]?
    private var names: [String]?
    private var isExact = false

    init(_ map: ExpressionMap, at offset: Int) throws(EvaluationFailure) {
        for entry in map.entries {
            switch entry.key {
            case "group.id": ids = try Self.strings(entry, offset)
            case "group.type": types = try Self.types(entry, offset)
            case "group.source.id": sources = try Self.strings(entry, offset)
            case "group.profile.name": names = try Self.strings(entry, offset)
            case "operator": isExact = try Self.isExact(entry.value, offset)
            default: throw Self.refusal("groups are not searched by '\(entry.key.prefix(64))'", offset)
            }
        }
        guard ids != nil || types != nil || sources != nil || names != nil else {
            throw Self.refusal("the map names nothing that groups are searched by", offset)
        }
        guard map["operator"] == nil || names != nil else {
            throw Self.refusal("operator stands without group.profile.name", offset)
        }
    }

    /// How many values a group may be compared with.
    var values: Int { [ids, types, sources, names].reduce(0) { $0 + ($1?.count ?? 0) } }

    func matches(_ group: GroupMembership) -> Bool {
        Self.contains(ids, group.id) && Self.contains(types, group.type.rawValue)
            && (sources == nil || group.sourceID.map { Self.contains(sources, $0) } ?? false)
            && (names ?? [group.name]).contains { name in
                isExact || names == nil
                    ? ExpressionText.isSame(group.name, name) : group.name.utf8.starts(with: name.utf8)
            }
    }

    private static func contains(_ values: [String]?, _ value: String) -> Bool {
        values.map { $0.contains { ExpressionText.isSame($0, value) } } ?? true
    }

    /// A string, or a list of strings that is not empty.
    private static func strings(
        _ entry: ExpressionMap.Entry, _ offset: Int
    ) throws(EvaluationFailure) -> [String] {
        var strings: [String] = []
        let values: [ExpressionValue] = if case .list(let values) = entry.value { values } else { [entry.value] }
        for value in values {
            // An empty beginning of a name would be that of every group.
            guard case .string(let text) = value, !text.isEmpty else {
                throw refusal("\(entry.key) needs strings that are not empty", offset)
            }
            strings.append(text)
        }
        guard !strings.isEmpty else { throw refusal("\(entry.key) has no values", offset) }
        return strings
    }

    private static func types(_ entry: ExpressionMap.Entry, _ offset: Int) throws(EvaluationFailure) -> [String] {
        let types = try strings(entry, offset)
        for type in types where GroupMembership.Kind(rawValue: type) == nil {
            throw refusal("there is no group.type '\(type.prefix(64))'", offset)
        }
        return types
    }

    private static func isExact(_ value: ExpressionValue, _ offset: Int) throws(EvaluationFailure) -> Bool {
        switch value {
        case .string("EXACT"): return true
        case .string("STARTS_WITH"): return false
        default: throw refusal("operator is STARTS_WITH or EXACT", offset)
        }
    }

    private static func refusal(_ message: String, _ offset: Int) -> EvaluationFailure {
        EvaluationFailure(.wrongArguments, at: offset, message, hint: hint)
    }
}
