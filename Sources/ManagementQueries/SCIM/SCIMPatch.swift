// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Changes to a SCIM resource (RFC 7644 §3.5.2): operations one after the other, all or none.
///
/// What clients of large directories send is taken as it is meant: names of operations in any case, `"False"` for `false`, attributes
/// by their paths within a value, and a removal of members that lists them.
public struct SCIMPatch: Hashable, Sendable {
    /// One operation.
    struct Operation: Hashable, Sendable {
        enum Kind: String, Hashable, Sendable {
            case add
            case remove
            case replace
        }

        var kind: Kind
        /// Where; `nil` for the resource as a whole.
        var path: SCIMPath?
        var value: ResourceValue?
    }

    /// The most operations.
    public static let maximumOperations = 1000
    /// The most values of an attribute.
    public static let maximumValues = 20_000

    private let type: SCIMResourceType
    private var operations: [Operation] = []

    /// Reads the body of a request.
    ///
    /// - Throws: SCIMError.
    public init(_ body: ResourceValue, of type: SCIMResourceType) throws(SCIMError) {
        self.type = type
        let members = Dictionary((body.members ?? [:]).map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        guard let elements = members["operations"]?.elements, (1...Self.maximumOperations).contains(elements.count)
        else {
            throw SCIMError(.invalidSyntax, "Operations must be a list of 1 to \(Self.maximumOperations) operations")
        }
        for element in elements { operations += try Self.operations(element, type) }
    }

    private static func operations(
        _ element: ResourceValue, _ type: SCIMResourceType
    ) throws(SCIMError) -> [Operation] {
        let members = Dictionary((element.members ?? [:]).map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        guard let kind = members["op"]?.text.flatMap({ Operation.Kind(rawValue: $0.lowercased()) }) else {
            throw SCIMError(.invalidSyntax, "op must be add, remove or replace")
        }
        let value = members["value"]
        if let text = members["path"], text != .null {
            guard let text = text.text else { throw SCIMError(.invalidPath, "path must be a text") }
            return [Operation(kind: kind, path: try SCIMPath(text, of: type), value: value)]
        }
        guard kind != .remove else { throw SCIMError(.noTarget, "a removal needs a path") }
        guard let attributes = value?.members else {
            throw SCIMError(.invalidSyntax, "without a path the value must be an object")
        }
        var operations: [Operation] = []
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            let path = try SCIMPath(name, of: type)
            // Some clients send the resource's own id and schemas along.
            if path.attribute?.mutability == .readOnly { continue }
            operations.append(Operation(kind: kind, path: path, value: value))
        }
        return operations
    }

    /// Whether an operation is about an attribute of the type's own schema.
    public func isAbout(_ attribute: String) -> Bool {
        operations.contains { $0.path?.extended == nil && $0.path?.attribute?.name == attribute }
    }

    /// A resource with the changes.
    ///
    /// - Parameter resource: a resource as ``SCIMResourceType/normalized(_:)`` has it.
    /// - Throws: SCIMError where one of them cannot be made.
    public func applied(to resource: ResourceValue) throws(SCIMError) -> ResourceValue {
        var members = resource.members ?? [:]
        for operation in operations { try apply(operation, to: &members) }
        return .object(members)
    }

    private func apply(_ operation: Operation, to members: inout [String: ResourceValue]) throws(SCIMError) {
        guard let path = operation.path else { return }
        guard let attribute = path.attribute else {
            guard let extended = path.extended else { return }
            return try applyWhole(operation, extended, to: &members)
        }
        guard attribute.mutability != .readOnly, path.subAttribute?.mutability != .readOnly else {
            throw SCIMError(.mutability, "\(path.names.joined(separator: ".")) cannot be changed")
        }
        guard let extended = path.extended else {
            members[attribute.name] = try changed(members[attribute.name], attribute, path, operation)
            return
        }
        var inner = members[extended.id]?.members ?? [:]
        inner[attribute.name] = try changed(inner[attribute.name], attribute, path, operation)
        members[extended.id] = inner.isEmpty ? nil : .object(inner)
    }

    private func applyWhole(
        _ operation: Operation, _ extended: SCIMSchema, to members: inout [String: ResourceValue]
    ) throws(SCIMError) {
        guard operation.kind != .remove else {
            members[extended.id] = nil
            return
        }
        let new = try type.normalized(operation.value ?? .null, of: extended)
        var inner = members[extended.id]?.members ?? [:]
        for (name, value) in new?.members ?? [:] { inner[name] = value }
        members[extended.id] = inner.isEmpty ? nil : .object(inner)
    }

    private func changed(
        _ value: ResourceValue?, _ attribute: SCIMAttribute, _ path: SCIMPath, _ operation: Operation
    ) throws(SCIMError) -> ResourceValue? {
        guard attribute.isMultiValued else { return try single(value, attribute, path.subAttribute, operation) }
        var values = SCIMValues(attribute, value?.elements ?? [])
        switch (operation.kind, path.filter, path.subAttribute) {
        case (.add, nil, nil): try values.add(operation.value ?? .null)
        case (.replace, nil, nil): try values.replaceAll(operation.value ?? .null)
        case (.remove, nil, nil): try values.remove(operation.value)
        case (.remove, let filter, let sub): values.remove(where: filter, sub)
        case (let kind, let filter, let sub):
            try values.set(operation.value ?? .null, where: filter, sub, isAdding: kind == .add)
        }
        guard values.elements.count <= Self.maximumValues else {
            throw SCIMError(.invalidValue, "\(attribute.name) has more than \(Self.maximumValues) values")
        }
        return values.elements.isEmpty ? nil : .array(values.elements)
    }

    private func single(
        _ value: ResourceValue?, _ attribute: SCIMAttribute, _ sub: SCIMAttribute?, _ operation: Operation
    ) throws(SCIMError) -> ResourceValue? {
        var members = value?.members ?? [:]
        if let sub {
            members[sub.name] = operation.kind == .remove ? nil : try sub.normalized(operation.value ?? .null)
            return members.isEmpty ? nil : .object(members)
        }
        guard operation.kind != .remove else { return nil }
        let new = try attribute.normalized(operation.value ?? .null)
        guard attribute.kind == .complex, let added = new?.members else { return new }
        for (name, value) in added { members[name] = value }
        return .object(members)
    }
}
