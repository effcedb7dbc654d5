// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The result that one of the administrator's own checks has to have.
public struct PostureCheckCondition: Hashable, Sendable {
    /// The check's ``DevicePostureCheck/variableName``.
    public var variableName: String
    /// The result that is asked for, compared as text.
    public var value: String

    /// The most checks that a policy may name.
    public static let maximumCount = 64
    /// The most characters of a result.
    public static let maximumLength = 1024

    /// A condition.
    public init(variableName: String, value: String) {
        self.variableName = variableName
        self.value = value
    }

    init(_ members: KeyedDecodingContainer<PolicyMember>) throws {
        try members.allow(["variableName", "value"])
        variableName = try members.required(String.self, "variableName")
        guard variableName.isVariableName else {
            throw members.refusal("variableName", "must have 1 to 128 letters, digits, dots, hyphens or underscores")
        }
        value = try members.required(String.self, "value")
        guard value.count <= Self.maximumLength else {
            throw members.refusal("value", "is longer than \(Self.maximumLength) characters")
        }
    }

    func encode(into members: inout KeyedEncodingContainer<PolicyMember>) throws {
        try members.encode(variableName, forKey: PolicyMember("variableName"))
        try members.encode(value, forKey: PolicyMember("value"))
    }
}

extension String {
    /// Whether it may name a posture check: 1 to 128 ASCII letters, digits, `.`, `-` and `_`.
    var isVariableName: Bool {
        (1...128).contains(utf8.count)
            && utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                    || [45, 46, 95].contains($0)
            }
    }
}
