// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// What the agent keeps of a key so that its store finds it again; never the private key.
public struct StoredKey: Hashable, Sendable {
    /// The key's name on the wire (`kid`), unique among all keys of all stores.
    public var id: String
    /// The store that made it.
    public var kind: KeyKind
    /// What it is for.
    public var purpose: KeyPurpose
    /// The public half.
    public var publicKey: PublicKey
    /// What the store needs to find the key: a credential id, a slot, a blob. Opaque to everyone else.
    public var handle: [UInt8]

    /// All that is kept of a key.
    public init(id: String, kind: KeyKind, purpose: KeyPurpose, publicKey: PublicKey, handle: [UInt8] = []) {
        self.id = id
        self.kind = kind
        self.purpose = purpose
        self.publicKey = publicKey
        self.handle = handle
    }
}
