// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// Any member of a document's JSON.
struct PolicyMember: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<PolicyMember> {
    /// Refuses members that are not among the known ones.
    func allow(_ names: Set<String>, platform: DevicePlatform? = nil) throws {
        for key in allKeys.map(\.stringValue).sorted() where !names.contains(key) {
            let place = platform.map { " for the platform \($0.rawValue)" } ?? " here"
            throw refusal(key, "is not known\(place); leave it out")
        }
    }

    /// The members of an object, which have to be among the known ones.
    func nested(
        _ name: String, allowing names: Set<String>, platform: DevicePlatform? = nil
    ) throws -> KeyedDecodingContainer<PolicyMember> {
        let inner = try nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember(name))
        try inner.allow(names, platform: platform)
        return inner
    }

    /// The objects of an array, 1 to `limit` of them; empty where the member is not there.
    func objects<Value>(
        _ name: String, upTo limit: Int, _ read: (KeyedDecodingContainer<PolicyMember>) throws -> Value
    ) throws -> [Value] {
        guard contains(PolicyMember(name)) else { return [] }
        var elements = try nestedUnkeyedContainer(forKey: PolicyMember(name))
        var values: [Value] = []
        while !elements.isAtEnd {
            guard values.count < limit else { throw refusal(name, "must have 1 to \(limit) elements") }
            values.append(try read(elements.nestedContainer(keyedBy: PolicyMember.self)))
        }
        guard !values.isEmpty else { throw refusal(name, "must have 1 to \(limit) elements") }
        return values
    }

    /// The value of a member that has to be there.
    func required<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        guard let value = try optional(type, name) else { throw refusal(name, "is missing") }
        return value
    }

    /// The value of a member, or `nil` where it is not there; a `null` is refused.
    func optional<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value? {
        let key = PolicyMember(name)
        guard contains(key) else { return nil }
        do { return try decode(type, forKey: key) } catch let error as DecodingError { throw error } catch {
            // The decoder has an error of its own, without a place, where a number is not a whole one.
            throw refusal(name, "has a value of the wrong type")
        }
    }

    /// Whether a condition that has one value only is asked for.
    func flag(_ name: String, value: Bool = true) throws -> Bool {
        guard let found = try optional(Bool.self, name) else { return false }
        guard found == value else {
            throw refusal(name, "can only be \(value); leave it out where it is not asked for")
        }
        return true
    }

    /// A text of 1 to 255 characters, as names and ids are.
    func title(_ name: String) throws -> String? {
        guard let text = try optional(String.self, name) else { return nil }
        guard (1...255).contains(text.count) else { throw refusal(name, "must have 1 to 255 characters") }
        return text
    }

    /// A member of one of an enumeration's values.
    func choice<Value: RawRepresentable & CaseIterable>(
        _ type: Value.Type, _ name: String
    ) throws -> Value? where Value.RawValue == String {
        guard let text = try optional(String.self, name) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw refusal(name, "is not one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    /// The values under `include` of a member; empty where the member is not there.
    func inclusion<Value: RawRepresentable>(
        _ name: String, among allowed: [Value]
    ) throws -> [Value] where Value.RawValue == String {
        guard contains(PolicyMember(name)) else { return [] }
        let inner = try nested(name, allowing: ["include"])
        let texts = try inner.required([String].self, "include")
        let spelled = allowed.map(\.rawValue)
        guard (1...16).contains(texts.count), texts.allSatisfy(spelled.contains) else {
            throw inner.refusal("include", "must name one or more of \(spelled.joined(separator: ", "))")
        }
        return texts.compactMap(Value.init(rawValue:))
    }

    /// A version in a member, of at most so many components.
    func version(_ name: String, components: Int) throws -> DottedVersion? {
        guard let text = try optional(String.self, name) else { return nil }
        guard let version = DottedVersion(text) else {
            throw refusal(name, "is not a version of numbers with dots between them, such as \"12\" or \"24.04\"")
        }
        guard version.components.count <= components else {
            throw refusal(name, "has more than the \(components) components that a version has there")
        }
        return version
    }

    /// An error about a member.
    func refusal(_ name: String, _ problem: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: codingPath + [PolicyMember(name)], debugDescription: problem))
    }
}

extension KeyedEncodingContainer<PolicyMember> {
    /// Writes values under `include` of a member; nothing where there are none.
    mutating func encodeInclusion<Value: RawRepresentable>(
        _ values: [Value], _ name: String
    ) throws where Value.RawValue == String {
        guard !values.isEmpty else { return }
        try encode(["include": values.map(\.rawValue)], forKey: PolicyMember(name))
    }
}
