// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A country by the codes of ISO 3166-1.
public struct CountryCode: Sendable, Hashable {
    /// Two letters, such as `US`.
    public var alpha2: String
    /// Three letters, such as `USA`.
    public var alpha3: String
    /// Three digits, such as `840`.
    public var numeric: String
}
