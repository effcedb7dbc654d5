// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct SecretBytesTests {
    @Test func theArrayThatWasGivenIsEmptied() {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(wiping: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret.withUnsafeBytes { Array($0) } == [1, 2, 3])
    }

    @Test func printingTellsTheLengthAlone() {
        let secret = SecretBytes(copying: Array("hunter2".utf8))
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret])] {
            #expect(!text.contains("hunter2"))
        }
        #expect("\(secret)" == "(secret, 7 bytes)")
    }

    @Test func nothingIsASecretToo() {
        #expect(SecretBytes(copying: []).withUnsafeBytes { $0.count } == 0)
    }

    @Test func identifiersDiffer() throws {
        let names = try (0..<100).map { _ in try SecureRandom.identifier(prefix: "x") }
        #expect(Set(names).count == 100)
        #expect(names.allSatisfy { $0.utf8.count == 23 && $0.hasPrefix("x") })
    }
}
