// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The properties of a channel of Xfce's configuration, by their path such as `/lock/enabled`.
struct XfconfChannel: Hashable, Sendable {
    /// The texts of the values.
    private(set) var values: [String: String] = [:]
    /// Properties that the machine's file does not let the person change.
    private var locked: Set<String> = []

    /// The machine's file lets nobody change anything.
    private var isChannelLocked = false
    /// The person: the name of the account, and its groups with an `@` before them.
    private let person: Set<String>

    /// No property at all.
    ///
    /// - Parameters:
    ///   - user: the name of the person's account, where it is known; the machine's file names whom it locks properties for.
    ///   - groups: the groups that it is a member of.
    init(of user: String? = nil, groups: Set<String> = []) {
        person = groups.map { "@" + $0 }.reduce(into: user.map { [$0] } ?? []) { $0.insert($1) }
    }

    /// Takes over the properties of a file, the machine's before the person's.
    ///
    /// - Throws: ``ReadFailure/malformed`` where it is not the XML that xfconf writes.
    mutating func add(_ file: [UInt8]) throws(ReadFailure) {
        var path: [String] = []
        var newlyLocked: Set<String> = []
        for tag in try Self.tags(of: String(decoding: file, as: UTF8.self)) {
            switch tag.name {
            case "channel":
                let isLockedHere = isLocked(by: tag)
                // What a locked channel says is left as it is, and what stood before one is gone.
                if isChannelLocked && !isLockedHere { return }
                if isLockedHere && !isChannelLocked { values = [:] }
                isChannelLocked = isLockedHere
            case "/property":
                guard path.popLast() != nil else { throw .malformed }
            case "property":
                guard let name = tag.attributes["name"] else { throw .malformed }
                path.append(name)
                let key = "/" + path.joined(separator: "/")
                if !locked.contains(key), let value = tag.attributes["value"] { values[key] = value }
                if isLocked(by: tag) { newlyLocked.insert(key) }
                if tag.isEmpty { path.removeLast() }
            default: break
            }
        }
        guard path.isEmpty else { throw .malformed }
        locked.formUnion(newlyLocked)
    }

    /// Whether the machine's file does not let the person change a property.
    func isLocked(_ path: String) -> Bool { isChannelLocked || locked.contains(path) }

    /// Whether an element is locked for the person: named in `locked`, or not named in `unlocked`. A star names nobody.
    private func isLocked(by tag: Tag) -> Bool {
        func names(_ users: String) -> Bool { users.split(separator: ";").contains { person.contains(String($0)) } }
        if let users = tag.attributes["unlocked"], !users.isEmpty { return !names(users) }
        return tag.attributes["locked"].map(names) ?? false
    }

    /// A whole number; the default where the property is not there, `nil` where it is none.
    func number(_ path: String, default value: Int) -> Int? { values[path].map { Int($0) } ?? value }

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
