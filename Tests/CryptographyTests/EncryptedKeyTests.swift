// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct EncryptedKeyTests {
    private static let cheap = Scrypt(cost: 16)
    private static let passphrase = SecretBytes(copying: Array("a passphrase".utf8))

    @Test(arguments: SignatureAlgorithm.allCases)
    func aKeyComesBack(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let file = try key.encryptedPKCS8(passphrase: Self.passphrase, stretchedBy: Self.cheap)
        let opened = try PrivateKey(encryptedPKCS8: file, passphrase: Self.passphrase)
        #expect(opened.publicKey == key.publicKey)
        #expect(key.publicKey.verifies(try opened.sign([1, 2, 3]), of: [1, 2, 3]))
    }

    @Test(arguments: ["", "A passphrase", "a passphrase ", "a passphras"])
    func aWrongPassphraseDoesNotOpenIt(passphrase: String) throws {
        let key = try PrivateKey.generate(.es256)
        let file = try key.encryptedPKCS8(passphrase: Self.passphrase, stretchedBy: Self.cheap)
        #expect(throws: CryptographyError.self) {
            try PrivateKey(encryptedPKCS8: file, passphrase: SecretBytes(copying: Array(passphrase.utf8)))
        }
    }

    @Test func noDamageGoesUnnoticed() throws {
        let key = try PrivateKey.generate(.es256)
        let file = try key.encryptedPKCS8(passphrase: Self.passphrase, stretchedBy: Self.cheap)
        for length in stride(from: 0, to: file.count, by: 7) {
            #expect(throws: CryptographyError.self) {
                try PrivateKey(encryptedPKCS8: Array(file[..<length]), passphrase: Self.passphrase)
            }
        }
        for index in stride(from: 0, to: file.count, by: 11) {
            var damaged = file
            damaged[index] ^= 0x10
            // Damage in the padding or parameters may go unseen by CBC, but never yields another key.
            if let opened = try? PrivateKey(encryptedPKCS8: damaged, passphrase: Self.passphrase) {
                #expect(opened.publicKey == key.publicKey)
            }
        }
    }

    @Test func twoFilesOfOneKeyDiffer() throws {
        let key = try PrivateKey.generate(.es256)
        let first = try key.encryptedPKCS8(passphrase: Self.passphrase, stretchedBy: Self.cheap)
        #expect(try key.encryptedPKCS8(passphrase: Self.passphrase, stretchedBy: Self.cheap) != first)
    }
}
