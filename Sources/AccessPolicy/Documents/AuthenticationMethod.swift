// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An authenticator in a document: `{key, method, id}` with what it has to be.
public struct AuthenticationMethod: Hashable, Sendable {
    /// The authenticator.
    public var key: AuthenticatorKey
    /// The way it is used; any where it is `nil`.
    public var method: AuthenticatorMethod?
    /// One of several authenticators of the same key.
    public var id: String?
    /// What the key has to be; in chains alone.
    public var traits = RequiredTraits()
    /// Members that are not known here and ask for something, as they were read; such a step cannot be met.
    public var unrecognized: [JSONMember] = []

    /// An authenticator.
    public init(key: AuthenticatorKey, method: AuthenticatorMethod? = nil, id: String? = nil) {
        self.key = key
        self.method = method
        self.id = id
    }
}
