// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A SCIM schema (RFC 7643 §7): attributes under a URN.
public struct SCIMSchema: Hashable, Sendable {
    /// Its URN.
    public let id: String
    /// Its name for people.
    public let name: String
    /// What it is for.
    public let summary: String
    /// Its attributes.
    public let attributes: [SCIMAttribute]

    /// A schema.
    public init(id: String, name: String, summary: String, attributes: [SCIMAttribute]) {
        self.id = id
        self.name = name
        self.summary = summary
        self.attributes = attributes
    }

    /// The schema as `/Schemas` tells of it.
    public var definition: ResourceValue {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": .string(id), "name": .string(name),
            "description": .string(summary), "attributes": .array(attributes.map(\.definition)),
        ]
    }
}

/// A type of SCIM resource (RFC 7643 §6): a schema, and those that extend it.
public struct SCIMResourceType: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// Where its resources are, below the base URI.
    public let endpoint: String
    /// The schema that every resource has.
    public let schema: SCIMSchema
    /// The schemas that a resource may have besides.
    public let extensions: [SCIMSchema]

    /// A type of resource.
    public init(name: String, endpoint: String, schema: SCIMSchema, extensions: [SCIMSchema] = []) {
        self.name = name
        self.endpoint = endpoint
        self.schema = schema
        self.extensions = extensions
    }

    /// The attributes of every resource of whatever type (RFC 7643 §3.1).
    static let common = [
        SCIMAttribute("schemas", .reference, "The URNs of the resource's schemas.") {
            $0.isMultiValued = true
            $0.mutability = .readOnly
            $0.isAlwaysReturned = true
        },
        SCIMAttribute("id", .string, "The server's name for the resource.") {
            $0.mutability = .readOnly
            $0.isCaseExact = true
            $0.isAlwaysReturned = true
        },
        SCIMAttribute("externalId", .string, "The client's name for the resource.") { $0.isCaseExact = true },
        SCIMAttribute(
            "meta", .complex, "What the server knows of the resource.",
            subAttributes: [
                SCIMAttribute("resourceType", .string, "The type.") { $0.isCaseExact = true },
                SCIMAttribute("created", .dateTime, "When it was made."),
                SCIMAttribute("lastModified", .dateTime, "When it was changed last."),
                SCIMAttribute("location", .reference, "Where it is."),
                SCIMAttribute("version", .string, "Its state.") { $0.isCaseExact = true },
            ]
        ) { $0.mutability = .readOnly },
    ]

    /// The type as `/ResourceTypes` tells of it.
    public var definition: ResourceValue {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": .string(name),
            "name": .string(name), "endpoint": .string(endpoint), "schema": .string(schema.id),
            "schemaExtensions": .array(extensions.map { ["schema": .string($0.id), "required": false] }),
        ]
    }

    /// The attribute of a name, with the URN of the extension that it is of, if it is of one.
    func attribute(_ name: some StringProtocol, of extended: SCIMSchema?) -> SCIMAttribute? {
        guard let extended else { return SCIMAttribute.attribute(name, in: Self.common + schema.attributes) }
        return SCIMAttribute.attribute(name, in: extended.attributes)
    }

    /// What a client sent to make or replace a resource, as it is kept (``SCIMAttribute/normalized(_:)``): what the schemas do not have
    /// is left out, as is what the server alone changes (RFC 7644 §3.5.1).
    public func normalized(_ body: ResourceValue) throws(SCIMError) -> ResourceValue {
        guard let members = body.members else { throw SCIMError(.invalidSyntax, "the body must be an object") }
        var kept: [String: ResourceValue] = [:]
        for (name, value) in members {
            if let extended = extensions.first(where: { $0.id.lowercased() == name.lowercased() }) {
                kept[extended.id] = try normalized(value, of: extended)
            } else if let attribute = attribute(name, of: nil), attribute.mutability != .readOnly {
                kept[attribute.name] = try attribute.normalized(value)
            }
        }
        return .object(kept)
    }

    func normalized(_ value: ResourceValue, of extended: SCIMSchema) throws(SCIMError) -> ResourceValue? {
        if value == .null { return nil }
        guard let members = value.members else { throw SCIMError(.invalidValue, "\(extended.id): is no object") }
        var kept: [String: ResourceValue] = [:]
        for (name, value) in members {
            guard let attribute = attribute(name, of: extended), attribute.mutability != .readOnly else { continue }
            kept[attribute.name] = try attribute.normalized(value)
        }
        return kept.isEmpty ? nil : .object(kept)
    }
}
