// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Synchronization

/// Public keys of enrolments, ready to verify with: making one costs as much as a verification.
final class PublicKeyCache: Sendable {
    private let keys = Mutex<[String: PublicKey]>([:])
    private let limit: Int

    /// A cache of at most so many keys.
    init(limit: Int = 10_000) { self.limit = limit }

    /// The key of an enrolled one, found by its thumbprint, which names its numbers.
    func key(of enrolled: EnrolledKey) throws(CryptographyError) -> PublicKey {
        if let known = keys.withLock({ $0[enrolled.thumbprint] }) { return known }
        let key = try enrolled.publicKey()
        keys.withLock { keys in
            if keys.count >= limit, let victim = keys.keys.first { keys[victim] = nil }
            keys[enrolled.thumbprint] = key
        }
        return key
    }
}
