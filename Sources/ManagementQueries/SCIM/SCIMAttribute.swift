// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An attribute of a SCIM schema and what may be done with it (RFC 7643 §2, §7).
public struct SCIMAttribute: Hashable, Sendable {
    /// What values it has.
    public enum Kind: String, Hashable, Sendable {
        /// A text.
        case string
        /// `true` or `false`.
        case boolean
        /// A moment of RFC 3339.
        case dateTime
        /// A URI.
        case reference
        /// Further attributes.
        case complex
    }

    /// Who may change it.
    public enum Mutability: String, Hashable, Sendable {
        /// The server alone.
        case readOnly
        /// The client.
        case readWrite
        /// The client, where the value is made.
        case immutable
    }

    /// Its name; names are told apart without regard to case.
    public var name: String
    /// What values it has.
    public var kind: Kind
    /// Whether it has several values.
    public var isMultiValued = false
    /// Whether every resource has it.
    public var isRequired = false
    /// Whether upper and lower case are different.
    public var isCaseExact = false
    /// Who may change it.
    public var mutability = Mutability.readWrite
    /// Whether at most one resource has a value.
    public var isUnique = false
    /// Whether an answer has it whatever was asked for.
    public var isAlwaysReturned = false
    /// Values that are usual.
    public var canonicalValues: [String] = []
    /// The types of resources that a reference may be to.
    public var referenceTypes: [String] = []
    /// The attributes of a complex one.
    public var subAttributes: [SCIMAttribute] = []
    /// What it is, for people.
    public var summary: String

    /// An attribute.
    public init(
        _ name: String, _ kind: Kind = .string, _ summary: String, subAttributes: [SCIMAttribute] = [],
        _ configure: (inout SCIMAttribute) -> Void = { _ in }
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.subAttributes = subAttributes
        configure(&self)
    }

    /// The attribute of a name within a complex one.
    public func subAttribute(_ name: some StringProtocol) -> SCIMAttribute? {
        Self.attribute(name, in: subAttributes)
    }

    /// The attribute of a name, in any case.
    static func attribute(_ name: some StringProtocol, in attributes: [SCIMAttribute]) -> SCIMAttribute? {
        let wanted = name.lowercased()
        return attributes.first { $0.name.lowercased() == wanted }
    }

    /// The attribute as `/Schemas` tells of it (RFC 7643 §7).
    var definition: ResourceValue {
        var members: [String: ResourceValue] = [
            "name": .string(name), "type": .string(kind.rawValue), "multiValued": .boolean(isMultiValued),
            "description": .string(summary), "required": .boolean(isRequired), "caseExact": .boolean(isCaseExact),
            "mutability": .string(mutability.rawValue), "returned": isAlwaysReturned ? "always" : "default",
            "uniqueness": isUnique ? "server" : "none",
        ]
        if !canonicalValues.isEmpty { members["canonicalValues"] = .array(canonicalValues.map { .string($0) }) }
        if !referenceTypes.isEmpty { members["referenceTypes"] = .array(referenceTypes.map { .string($0) }) }
        if !subAttributes.isEmpty { members["subAttributes"] = .array(subAttributes.map(\.definition)) }
        return .object(members)
    }

    /// A value as it is kept: of the attribute's kind, with the names of sub-attributes as the schema spells them, and without those
    /// that there are not or that are the server's.
    ///
    /// Some clients send `"False"` for `false`, and a text for a value that has no other attribute than `value`: both are taken.
    ///
    /// - Returns: `nil` where the value says that there is none.
    func normalized(_ value: ResourceValue) throws(SCIMError) -> ResourceValue? {
        guard isMultiValued else { return try single(value) }
        if value == .null { return nil }
        var elements: [ResourceValue] = []
        for element in value.elements ?? [value] {
            if let element = try single(element) { elements.append(element) }
        }
        return elements.isEmpty ? nil : .array(elements)
    }

    /// One value as it is kept.
    func single(_ value: ResourceValue) throws(SCIMError) -> ResourceValue? {
        switch (kind, value) {
        case (_, .null): return nil
        case (.boolean, .boolean): return value
        case (.boolean, .string(let text)) where ["true", "false"].contains(text.lowercased()):
            return .boolean(text.lowercased() == "true")
        case (.string, .string), (.reference, .string), (.dateTime, .string): return value
        case (.complex, .string) where isMultiValued && subAttribute("value") != nil: return ["value": value]
        case (.complex, .object(let members)):
            var kept: [String: ResourceValue] = [:]
            for (name, value) in members {
                guard let attribute = subAttribute(name), attribute.mutability != .readOnly else { continue }
                kept[attribute.name] = try attribute.normalized(value)
            }
            return kept.isEmpty ? nil : .object(kept)
        default:
            throw SCIMError(.invalidValue, "\(name): is not of the type \(kind.rawValue)")
        }
    }
}

/// Why something that a SCIM client sent is not taken (RFC 7644 §3.12).
public struct SCIMError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The names of RFC 7644 table 9.
    public enum Kind: String, Hashable, Sendable {
        /// The filter is not understood.
        case invalidFilter
        /// The path is not understood, or leads nowhere.
        case invalidPath
        /// There is nothing where the path leads.
        case noTarget
        /// The attribute cannot be changed.
        case mutability
        /// The body is not of the form that belongs there.
        case invalidSyntax
        /// A value is not acceptable.
        case invalidValue
    }

    /// What it is about.
    public let kind: Kind
    /// What exactly.
    public let description: String

    /// An error.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
