// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// A key pair of the verifier as it is stored: the private half sealed.
struct SigningKeyRecord: StoredRecord {
    /// What a key signs.
    enum Purpose: String, Codable, Sendable {
        /// Challenges and announcements.
        case challenge
        /// ID tokens, by RS256.
        case tokenRS256
        /// ID tokens, by ES256.
        case tokenES256
    }

    static let collection = "signing_keys"

    /// The key's name: the thumbprint of its public half.
    let id: String
    let purpose: Purpose
    /// Encrypted PKCS#8 in base64url.
    let sealed: String
    /// The public half, which is told while the private one is not opened.
    let publicKey: JWK
    let createdAt: Int64
    /// When another took its place, in seconds since 1970.
    var retiredAt: Int64?

    var indexKeys: [IndexSlot: String] { [.first: purpose.rawValue] }

    /// A new key of a purpose.
    init(purpose: Purpose, at time: Int64, sealedBy sealing: SealingKey) throws {
        let key = try PrivateKey.generate(purpose == .tokenRS256 ? .rs256 : .es256)
        let name = JWK(keyID: nil, publicKey: key.publicKey).thumbprint
        id = name
        self.purpose = purpose
        sealed = Base64URL.encode(try sealing.seal(key))
        publicKey = JWK(keyID: name, publicKey: key.publicKey, use: "sig")
        createdAt = time
    }

    /// The signer of this key.
    ///
    /// - Throws: ``KeyringError/cannotOpen`` where the key file is not the one that sealed it.
    func signer(openedBy sealing: SealingKey) throws -> InMemorySigner {
        guard let key = try? sealing.open(try Base64URL.decode(sealed)) else { throw KeyringError.cannotOpen }
        return InMemorySigner(keyID: id, key: key)
    }
}

/// Why the verifier has no key to sign with.
package enum KeyringError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key file does not open the keys in the store.
    case cannotOpen
    /// The store's chain of announcements is not complete.
    case brokenChain

    package var description: String {
        switch self {
        case .cannotOpen:
            "the key file does not open the keys in the store: it was replaced or is of another installation; restore it"
        case .brokenChain: "the store's chain of key announcements is not complete: restore the store from a copy"
        }
    }
}
