// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// Public keys of enrolments, ready to verify with: making one costs as much as a verification.
final class PublicKeyCache: Sendable {
    private let keys = BoundedCache<String, PublicKey>(limit: 10_000)

    /// The key of an enrolled one, found by its thumbprint, which names its numbers.
    func key(of enrolled: EnrolledKey) throws(CryptographyError) -> PublicKey {
        if let known = keys[enrolled.thumbprint] { return known }
        let key = try enrolled.publicKey()
        keys.remember(key, for: enrolled.thumbprint)
        return key
    }
}
