// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A check of the administrator's own: a query whose one result a policy compares with a text.
///
/// The shape is that of Okta's Device Posture Checks API; the platform `LINUX` is ours.
public struct DevicePostureCheck: Hashable, Sendable {
    /// Who made it.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// It comes with the product.
        case builtIn = "BUILTIN"
        /// The administrator wrote it.
        case custom = "CUSTOM"
    }

    /// How an administrator says which result is asked for.
    public enum MappingType: String, Hashable, Sendable, CaseIterable {
        /// By ticking a box: the result is `1`.
        case checkbox = "CHECKBOX"
        /// By writing the result.
        case textbox = "TEXTBOX"
    }

    /// One part of the advice: what comes with the product, the administrator's own, or nothing.
    public enum Advice: Hashable, Sendable {
        /// The key of a text, or an address, that comes with the product.
        case builtIn(String)
        /// The administrator's own text or address.
        case custom(String)
        /// Nothing.
        case nothing
    }

    /// The check's id; the variable's name where the document states none.
    public var id: String
    /// The name for administrators, 1 to 255 characters.
    public var name: String
    /// More about it.
    public var description: String?
    /// The name by which policies and devices know it, unique: 1 to 128 letters, digits, `.`, `-` and `_`.
    public var variableName: String
    /// The platform whose devices run it: MACOS, WINDOWS or LINUX.
    public var platform: DevicePlatform
    /// Who made it.
    public var kind: Kind
    /// How an administrator says which result is asked for.
    public var mappingType: MappingType
    /// The query, which ends with `;` and has to give exactly one value.
    public var query: String
    /// What the person is told where the result is another one.
    public var message = Advice.nothing
    /// Where the person reads on.
    public var link = Advice.nothing

    /// The longest query, in bytes.
    public static let maximumQueryLength = 16 * 1024
    /// The most bytes of a document.
    public static let maximumBytes = 64 * 1024
    /// The platforms that have such checks.
    public static let platforms: [DevicePlatform] = [.linux, .macOS, .windows]

    /// A check without advice.
    public init(
        id: String, name: String, variableName: String, platform: DevicePlatform, kind: Kind = .custom,
        mappingType: MappingType, query: String
    ) {
        self.id = id
        self.name = name
        self.variableName = variableName
        self.platform = platform
        self.kind = kind
        self.mappingType = mappingType
        self.query = query
    }
}
