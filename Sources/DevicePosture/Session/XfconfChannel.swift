// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The properties of a channel of Xfce's configuration, by their path such as `/lock/enabled`.
struct XfconfChannel: Hashable, Sendable {
    /// The texts of the values.
    private(set) var values: [String: String] = [:]
    /// Properties that the machine's file does not let the person change.
    private var locked: Set<String> = []

    /// No property at all.
    init() {}

    /// Takes over the properties of a file, the machine's before the person's.
    ///
    /// - Throws: ``ReadFailure/malformed`` where it is not the XML that xfconf writes.
    mutating func add(_ file: [UInt8]) throws(ReadFailure) {
        var path: [String] = []
        var newlyLocked: Set<String> = []
        for tag in try Self.tags(of: String(decoding: file, as: UTF8.self)) {
            switch tag.name {
            case "/property":
                guard path.popLast() != nil else { throw .malformed }
            case "property":
                guard let name = tag.attributes["name"] else { throw .malformed }
                path.append(name)
                let key = "/" + path.joined(separator: "/")
                if !locked.contains(key), let value = tag.attributes["value"] { values[key] = value }
                if tag.attributes["locked"] != nil { newlyLocked.insert(key) }
                if tag.isEmpty { path.removeLast() }
            default: break
            }
        }
        guard path.isEmpty else { throw .malformed }
        locked.formUnion(newlyLocked)
    }

    /// A yes or no; the default where the property is not there, `nil` where it is neither.
    func boolean(_ path: String, default value: Bool) -> Bool? {
        switch values[path] {
        case nil: value
        case "true": true
        case "false": false
        default: nil
        }
    }

    private struct Tag {
        var name: String
        var attributes: [String: String] = [:]
        var isEmpty: Bool
    }

    private static func tags(of text: String) throws(ReadFailure) -> [Tag] {
        var tags: [Tag] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            if rest.hasPrefix("!--") {
                guard let end = rest.indices.first(where: { rest[$0...].hasPrefix("-->") }) else { throw .malformed }
                rest = rest[end...].dropFirst(3)
                continue
            }
            guard let end = rest.firstIndex(of: ">") else { throw .malformed }
            let inside = rest[..<end]
            rest = rest[rest.index(after: end)...]
            if !inside.hasPrefix("?") { tags.append(try tag(inside)) }
        }
        return tags
    }

    private static func tag(_ inside: Substring) throws(ReadFailure) -> Tag {
        let isEmpty = inside.hasSuffix("/")
        var rest = isEmpty ? inside.dropLast() : inside
        let name = rest.prefix { !$0.isWhitespace }
        rest = rest.dropFirst(name.count)
        var tag = Tag(name: String(name), isEmpty: isEmpty)
        while true {
            rest = rest.drop { $0.isWhitespace }
            if rest.isEmpty { return tag }
            let attribute = rest.prefix { $0 != "=" }
            rest = rest.dropFirst(attribute.count + 1)
            guard let quote = rest.popFirst(), quote == "\"" || quote == "'" else { throw .malformed }
            let value = rest.prefix { $0 != quote }
            rest = rest.dropFirst(value.count)
            guard rest.popFirst() == quote else { throw .malformed }
            tag.attributes[attribute.trimmed] = String(value)
        }
    }
}
