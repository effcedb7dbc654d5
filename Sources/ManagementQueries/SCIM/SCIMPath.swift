// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A place in a SCIM resource (RFC 7644 §3.10, §3.5.2): `userName`, `name.familyName`, `members[value eq "…"]`,
/// `emails[type eq "work"].value`, each with or without the URN of its schema before it.
public struct SCIMPath: Hashable, Sendable {
    /// The extension that the attribute is of; `nil` for the type's own schema.
    public let extended: SCIMSchema?
    /// The attribute; `nil` for an extension as a whole.
    public let attribute: SCIMAttribute?
    /// Which values are meant.
    public let filter: FilterExpression?
    /// The attribute of those values.
    public let subAttribute: SCIMAttribute?

    /// The longest path, in bytes.
    public static let maximumLength = 4096

    /// Reads a path.
    ///
    /// - Throws: SCIMError where the type has no such attribute.
    public init(_ text: String, of type: SCIMResourceType) throws(SCIMError) {
        let shown = text.prefix(100)
        guard (1...Self.maximumLength).contains(text.utf8.count) else {
            throw SCIMError(.invalidPath, "a path has 1 to \(Self.maximumLength) bytes")
        }
        let (extended, rest) = Self.schema(of: text, in: type)
        self.extended = extended
        guard !rest.isEmpty else {
            guard extended != nil else { throw SCIMError(.invalidPath, "no attribute: \(shown)") }
            (attribute, filter, subAttribute) = (nil, nil, nil)
            return
        }
        let name = rest.prefix { $0 != "." && $0 != "[" }
        guard let attribute = type.attribute(name, of: extended) else {
            throw SCIMError(.invalidPath, "there is no attribute \(name.prefix(100))")
        }
        self.attribute = attribute
        var tail = rest[name.endIndex...]
        if tail.first == "[" {
            let inner = try Self.bracket(&tail, shown: String(shown))
            do { filter = try FilterExpression(inner).resolved(in: attribute) } catch let error as FilterError {
                throw SCIMError(.invalidFilter, error.description)
            } catch let error as SCIMError { throw error } catch { throw SCIMError(.invalidFilter, "\(error)") }
            guard attribute.isMultiValued else {
                throw SCIMError(.invalidPath, "\(attribute.name) has not several values")
            }
        } else {
            filter = nil
        }
        guard !tail.isEmpty else {
            subAttribute = nil
            return
        }
        guard tail.first == ".", let sub = attribute.subAttribute(tail.dropFirst()) else {
            throw SCIMError(.invalidPath, "there is no attribute \(shown)")
        }
        subAttribute = sub
    }

    /// The names that lead to the place.
    public var names: [String] {
        [extended?.id, attribute?.name, subAttribute?.name].compactMap { $0 }
    }

    /// The schema whose URN a path begins with, and the rest.
    private static func schema(
        of text: String, in type: SCIMResourceType
    ) -> (extended: SCIMSchema?, rest: Substring) {
        let folded = text.lowercased()
        for schema in type.extensions + [type.schema] {
            let urn = schema.id.lowercased()
            let isExtension = schema.id != type.schema.id
            if isExtension, folded == urn { return (schema, "") }
            // The URN is ASCII, so that as many bytes of the text are before its rest.
            if folded.hasPrefix(urn + ":"), text.utf8.count == folded.utf8.count {
                return (isExtension ? schema : nil, Substring(text.utf8.dropFirst(urn.utf8.count + 1)))
            }
        }
        return (nil, text[...])
    }

    /// Takes a filter in brackets; a bracket within a text ends nothing.
    private static func bracket(_ tail: inout Substring, shown: String) throws(SCIMError) -> String {
        var isQuoted = false
        var isEscaped = false
        for index in tail.indices.dropFirst() {
            switch tail[index] {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"": isQuoted.toggle()
            case "]" where !isQuoted:
                let inner = tail[tail.index(after: tail.startIndex)..<index]
                tail = tail[tail.index(after: index)...]
                return String(inner)
            default: break
            }
        }
        throw SCIMError(.invalidPath, "a bracket is not closed: \(shown)")
    }
}

extension FilterExpression {
    /// A filter of a SCIM list as it is asked: with the names of attributes as the schemas spell them, and texts that are exact compared so.
    ///
    /// - Throws: SCIMError where there is no such attribute.
    public init(_ text: String, of type: SCIMResourceType) throws(SCIMError) {
        do throws(FilterError) { self = try FilterExpression(text) } catch {
            throw SCIMError(.invalidFilter, error.description)
        }
        self = try resolved { (names) throws(SCIMError) in
            do throws(SCIMError) {
                let path = try SCIMPath(names.joined(separator: "."), of: type)
                guard let attribute = path.subAttribute ?? path.attribute else { return (path.names, nil) }
                guard attribute.kind == .complex, attribute.isMultiValued, let value = attribute.subAttribute("value")
                else { return (path.names, attribute) }
                return (path.names + [value.name], value)
            } catch { throw SCIMError(.invalidFilter, error.description) }
        }
    }

    /// The filter of the values of one attribute.
    func resolved(in attribute: SCIMAttribute) throws(SCIMError) -> FilterExpression {
        try resolved { (names) throws(SCIMError) in
            guard names.count == 1, let name = names.first, let sub = attribute.subAttribute(name) else {
                throw SCIMError(.invalidFilter, "\(attribute.name) has no attribute \(names.joined(separator: "."))")
            }
            return ([sub.name], sub)
        }
    }

    private func resolved(
        _ resolve: ([String]) throws(SCIMError) -> (names: [String], attribute: SCIMAttribute?)
    ) throws(SCIMError) -> FilterExpression {
        switch self {
        case .comparison(let path, let comparison, let value):
            let (names, attribute) = try resolve(path)
            guard let attribute, attribute.isCaseExact, comparison == .equal || comparison == .notEqual else {
                return .comparison(path: names, comparison: comparison, value: value)
            }
            return comparison == .equal
                ? .identity(path: names, value: value) : .not(.identity(path: names, value: value))
        case .identity(let path, let value): return .identity(path: try resolve(path).names, value: value)
        case .presence(let path): return .presence(path: try resolve(path).names)
        case .and(let left, let right): return .and(try left.resolved(resolve), try right.resolved(resolve))
        case .or(let left, let right): return .or(try left.resolved(resolve), try right.resolved(resolve))
        case .not(let inner): return .not(try inner.resolved(resolve))
        }
    }

    /// The values that an attribute must have to the letter for the filter to fit: those of comparisons that all have to hold.
    public func required(_ path: [String]) -> String? {
        switch self {
        case .comparison(path, .equal, .string(let text)), .identity(path, .string(let text)): text
        case .and(let left, let right): left.required(path) ?? right.required(path)
        default: nil
        }
    }

    /// The members that a new value gets so that the filter fits it, as far as it says so.
    var constraints: [String: ResourceValue] {
        switch self {
        case .comparison(let path, .equal, let value), .identity(let path, let value):
            path.count == 1 ? [path[0]: value] : [:]
        case .and(let left, let right): left.constraints.merging(right.constraints) { first, _ in first }
        default: [:]
        }
    }
}
