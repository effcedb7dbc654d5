// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The names that expressions may use, and the types of their values.
public struct ExpressionSchema: Sendable, Hashable {
    /// What stands behind a name.
    public indirect enum Attribute: Sendable, Hashable {
        /// A value; `among` are all texts that it can be, where they are known.
        case value(ExpressionType, among: [String] = [])
        /// A list whose elements are alike.
        case list(Attribute)
        /// Properties by name; `custom` is what a name that is not among them may be, `nil` if there are no others.
        case object([String: Attribute], custom: Attribute? = nil)

        /// The type of the value.
        public var type: ExpressionType {
            switch self {
            case .value(let type, _): type
            case .list: .list
            case .object: .map
            }
        }
    }

    /// The first names, such as `user`.
    public var roots: [String: Attribute]

    /// A schema of first names.
    public init(roots: [String: Attribute]) { self.roots = roots }
}
