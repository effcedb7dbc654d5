// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// Any member of a policy's JSON.
struct PolicyMember: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<PolicyMember> {
    /// Refuses members that are not among the known ones.
    func allow(_ names: Set<String>) throws {
        for key in allKeys.map(\.stringValue).sorted() where !names.contains(key) {
            throw refusal(key, "is not known for the platform LINUX; leave it out")
        }
    }

    /// The value of a member that has to be there.
    func required<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        guard let value = try optional(type, name) else { throw refusal(name, "is missing") }
        return value
    }

    /// The value of a member, or `nil` where it is not there; a `null` is refused.
    func optional<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value? {
        let key = PolicyMember(name)
        return contains(key) ? try decode(type, forKey: key) : nil
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
        let inner = try nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember(name))
        try inner.allow(["include"])
        let texts = try inner.required([String].self, "include")
        let spelled = allowed.map(\.rawValue)
        guard !texts.isEmpty, texts.allSatisfy(spelled.contains) else {
            throw inner.refusal("include", "must name one or more of \(spelled.joined(separator: ", "))")
        }
        return texts.compactMap(Value.init(rawValue:))
    }

    /// A version in a member.
    func version(_ name: String) throws -> DottedVersion? {
        guard let text = try optional(String.self, name) else { return nil }
        guard let version = DottedVersion(text) else {
            throw refusal(name, "is not a version of numbers with dots between them, such as \"12\" or \"24.04\"")
        }
        return version
    }

    /// An error about a member.
    func refusal(_ name: String, _ problem: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: codingPath + [PolicyMember(name)], debugDescription: problem))
    }
}
