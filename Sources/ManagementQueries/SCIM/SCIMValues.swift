// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The values of an attribute that has several, as operations change them (RFC 7644 §3.5.2).
struct SCIMValues {
    let attribute: SCIMAttribute
    private(set) var elements: [ResourceValue]

    init(_ attribute: SCIMAttribute, _ elements: [ResourceValue]) {
        self.attribute = attribute
        self.elements = elements
    }

    /// Adds values; one that is there already takes the place of the former.
    mutating func add(_ value: ResourceValue) throws(SCIMError) {
        var places: [ResourceValue: Int] = [:]
        for (index, element) in elements.enumerated() { places[Self.identity(element)] = index }
        for element in try attribute.normalized(value)?.elements ?? [] {
            if element["primary"] == true { dropPrimary() }
            if let index = places[Self.identity(element)] {
                elements[index] = element
            } else {
                places[Self.identity(element)] = elements.count
                elements.append(element)
            }
        }
    }

    /// Puts other values in the place of all.
    mutating func replaceAll(_ value: ResourceValue) throws(SCIMError) {
        elements = []
        try add(value)
    }

    /// Takes the listed values away; all, where none are listed.
    mutating func remove(_ value: ResourceValue?) throws(SCIMError) {
        let listed = try value.flatMap { (value) throws(SCIMError) in try attribute.normalized(value)?.elements }
        guard let listed else { return elements = [] }
        let identities = Set(listed.map(Self.identity))
        elements.removeAll { identities.contains(Self.identity($0)) }
    }

    /// Takes values away, or an attribute of theirs. That none fits is no error: a removal may come twice.
    mutating func remove(where filter: FilterExpression?, _ sub: SCIMAttribute?) {
        guard let sub else { return elements.removeAll { filter?.matches($0) != false } }
        elements = elements.compactMap { element in
            guard filter?.matches(element) != false, var members = element.members else { return element }
            members[sub.name] = nil
            return members.isEmpty ? nil : .object(members)
        }
    }

    /// Changes values, or an attribute of theirs. Where none fits, an addition makes one that does.
    mutating func set(
        _ value: ResourceValue, where filter: FilterExpression?, _ sub: SCIMAttribute?, isAdding: Bool
    ) throws(SCIMError) {
        let fitting = elements.indices.filter { filter?.matches(elements[$0]) != false }
        let added: [String: ResourceValue]
        if let sub {
            added = try sub.normalized(value).map { [sub.name: $0] } ?? [:]
        } else {
            guard let members = try attribute.single(value)?.members else {
                throw SCIMError(.invalidValue, "\(attribute.name): a value with attributes is needed")
            }
            added = members
        }
        guard !fitting.isEmpty else {
            guard isAdding, !added.isEmpty else {
                throw SCIMError(.noTarget, "\(attribute.name) has no such value")
            }
            let made = try attribute.single(.object(filter?.constraints ?? [:]))?.members ?? [:]
            return try add(.object(made.merging(added) { _, new in new }))
        }
        if added["primary"] == true { dropPrimary() }
        for index in fitting {
            var members = elements[index].members ?? [:]
            for (name, value) in added { members[name] = value }
            if let sub, added.isEmpty { members[sub.name] = nil }
            elements[index] = .object(members)
        }
    }

    /// By what a value is told from others: its `value`, where it has one.
    private static func identity(_ element: ResourceValue) -> ResourceValue { element["value"] ?? element }

    /// At most one value is the primary one (RFC 7643 §2.4).
    private mutating func dropPrimary() {
        for index in elements.indices where elements[index]["primary"] == true {
            guard var members = elements[index].members else { continue }
            members["primary"] = false
            elements[index] = .object(members)
        }
    }
}
