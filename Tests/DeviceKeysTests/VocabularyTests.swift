// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Testing

@Suite struct VocabularyTests {
    @Test(arguments: [
        (KeyPurpose.proofOfPossession, "proofOfPossession"), (.userVerification, "userVerification"),
        (.clientInstance, "clientInstance"),
    ])
    func purposesAreSpelledAsOnTheWire(purpose: KeyPurpose, name: String) {
        #expect(purpose.rawValue == name)
    }

    @Test(arguments: [(UserVerificationMethod.pin, "pin"), (.fingerprint, "fpt"), (.none, "none")])
    func verificationMethodsAreSpelledAsInRFC8176(method: UserVerificationMethod, name: String) {
        #expect(method.rawValue == name)
    }

    @Test func kindsOfFailureAreToldApart() {
        let codes: [DeviceKeyError.Code] = [
            .keyNotFound, .keyDamaged, .pinLocked, .pinLockedForNow, .cancelled, .noPrompt, .unavailable,
        ]
        #expect(Set(codes).count == codes.count)
        #expect("\(DeviceKeyError(.pinLocked, "too many wrong PINs"))" == "too many wrong PINs")
    }

    @Test(arguments: [("", 0), ("123456", 6), ("é", 1), ("e\u{301}", 1), ("日本語", 3), ("👨‍👩‍👧‍👦1234", 5)])
    func aPINsLengthIsCountedAsPeopleDo(pin: String, count: Int) {
        #expect(SecretBytes(copying: Array(pin.utf8)).characterCount == count)
    }

    @Test func keysOfAnotherPublicHalfAreOthers() throws {
        let first = StoredKey(
            id: "a", kind: .software, purpose: .clientInstance, publicKey: try PrivateKey.generate(.es256).publicKey)
        var second = first
        #expect(first == second)
        second.publicKey = try PrivateKey.generate(.es256).publicKey
        #expect(first != second)
    }
}
