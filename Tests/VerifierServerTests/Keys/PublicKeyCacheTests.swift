// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Dispatch
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct PublicKeyCacheTests {
    @Test func manyAtOnceGetTheRightKey() throws {
        let keys = try (0..<8).map { number in
            let key = try PrivateKey.generate(.es256).publicKey
            return (key, try #require(EnrolledKey(JWK(keyID: "k\(number)", publicKey: key))))
        }
        let cache = PublicKeyCache()
        DispatchQueue.concurrentPerform(iterations: 400) { number in
            let (key, enrolled) = keys[number % keys.count]
            let found = try? cache.key(of: enrolled)
            if found != key { Issue.record("another key") }
        }
    }
}
