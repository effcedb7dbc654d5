// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing
import VirtualPIVCard

@testable import PIVKeys

@Suite struct PIVKeyStoreTests {
    @Test(arguments: PIVAlgorithm.allCases)
    func keysThatTheCardMakesSignBehindThePIN(algorithm: PIVAlgorithm) async throws {
        let fixture = CardFixture()
        let key = try await fixture.key(.userVerification, PIVOptions(source: .new, algorithm: algorithm))
        #expect(key.kind == .piv)
        #expect(PIVAlgorithm(of: key.publicKey) == algorithm)
        let person = ScriptedPresence(pins: [CardFixture.pin])
        // Another store, as after a restart.
        let signature = try await fixture.store().open(key).sign([1, 2, 3], presence: person)
        #expect(key.publicKey.verifies(signature.bytes, of: [1, 2, 3]))
        #expect(!key.publicKey.verifies(signature.bytes, of: [1, 2, 4]))
        #expect(signature.verification == .pin)
        #expect(
            person.requests == [PINRequest(deviceName: "YubiKey 12345678", triesLeft: 3, lastEntryWasWrong: false)])
        #expect(person.actions.isEmpty)
    }

    @Test(arguments: [PIVAlgorithm.p256, .p384, .rsa2048, .rsa3072])
    func plainCardsSignToo(algorithm: PIVAlgorithm) async throws {
        let fixture = CardFixture(.nist)
        let key = try await fixture.key(.userVerification, PIVOptions(source: .new, algorithm: algorithm))
        let signature = try await fixture.store().open(key).sign(
            [1, 2, 3], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1, 2, 3]))
    }

    @Test(arguments: [CardSettings.Style.yubiKey, .nist])
    func possessionIsProvenSilently(style: CardSettings.Style) async throws {
        let fixture = CardFixture(style)
        let key = try await fixture.key(.proofOfPossession)
        let nobody = ScriptedPresence()
        let signature = try await fixture.store().open(key).sign([1], presence: nobody)
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        #expect(signature.verification == .none)
        #expect(nobody.requests.isEmpty && nobody.actions.isEmpty)
        #expect(try KeyReference(handle: key.handle).slot == .cardAuthentication)
    }

    @Test(arguments: PIVSlot.all.filter { $0 != .cardAuthentication })
    func everySlotTakesAKey(slot: PIVSlot) async throws {
        let fixture = CardFixture()
        let key = try await fixture.key(.userVerification, PIVOptions(verificationSlot: slot, source: .new))
        let signature = try await fixture.store().open(key).sign(
            [1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        #expect(fixture.card.object(slot.certificateObject) != nil)
    }

    @Test func theNewKeysCertificateIsSignedByIt() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let object = try #require(fixture.card.object(0x5FC105))
        let certificate = try Certificate(der: try CertificateObject(object).certificate)
        #expect(certificate.publicKey == key.publicKey)
        #expect(certificate.subject == "CN=Countersign 9a")
        #expect(certificate.notAfter > certificate.notBefore + 9 * 365 * 86400)
    }

    @Test func aKeyThatNeedsThePINDoesNotSignSilently() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let open = try await fixture.store().open(key)
        let nobody = ScriptedPresence(pins: [CardFixture.pin])
        #expect(await code { _ = try await open.unlock(for: .possession, presence: nobody) } == .interactionNeeded)
        #expect(nobody.requests.isEmpty)
        #expect(try await open.unlock(for: .presence, presence: nobody).verification == .pin)
    }

    @Test func aKeyWithoutAPINVerifiesNobody() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key(.proofOfPossession)
        let open = try await fixture.store().open(key)
        let person = ScriptedPresence(pins: [CardFixture.pin])
        #expect(await code { _ = try await open.unlock(for: .verification, presence: person) } == .unsupported)
        #expect(
            await code {
                _ = try await fixture.key(
                    .userVerification, PIVOptions(verificationSlot: .cardAuthentication, source: .new))
            } == .unsupported)
        #expect(
            await code { _ = try await fixture.key(.userVerification, PIVOptions(source: .new, pinPolicy: .never)) }
                == .unsupported)
        #expect(await code { _ = try await fixture.key(.clientInstance) } == .unsupported)
    }

    @Test func aKeyThatWantsAPINOrATouchProvesNoPossession() async throws {
        let plain = CardFixture(.nist)
        let signature = PIVOptions(possessionSlot: .signature, source: .new)
        #expect(await code { _ = try await plain.key(.proofOfPossession, signature) } == .unsupported)
        let touched = CardFixture()
        touched.card.makeKey(0x11, in: 0x9E, touchPolicy: 2)
        #expect(await code { _ = try await touched.key(.proofOfPossession, PIVOptions()) } == .unsupported)
        #expect(touched.card.log.commands.allSatisfy { $0[1] != 0x47 })
    }

    @Test func aYubiKeyMakesAnySlotSilentWhateverThePoliciesOfTheOtherKey() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key(
            .proofOfPossession,
            PIVOptions(possessionSlot: .keyManagement, source: .new, pinPolicy: .always, touchPolicy: .always))
        let signature = try await fixture.store().open(key).sign([1], presence: ScriptedPresence())
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func policiesAreForYubiKeysAlone() async throws {
        let fixture = CardFixture(.nist)
        #expect(
            await code { _ = try await fixture.key(.userVerification, PIVOptions(source: .new, touchPolicy: .always)) }
                == .unsupported)
    }

    @Test func aKeyThatAsksForThePINEachTimeSigns() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key(
            .userVerification, PIVOptions(verificationSlot: .signature, source: .new, pinPolicy: .always))
        let person = ScriptedPresence(pins: [CardFixture.pin])
        let signature = try await fixture.store().open(key).sign([1], presence: person)
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func thePersonIsToldToTouch() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key(.userVerification, PIVOptions(source: .new, touchPolicy: .always))
        let person = ScriptedPresence(pins: [CardFixture.pin, CardFixture.pin])
        let open = try await fixture.store().open(key)
        _ = try await open.sign([1], presence: person)
        #expect(person.actions == [HardwareAction(.touch, deviceName: "YubiKey 12345678")])
        fixture.card.change { $0.touch = .never }
        #expect(await code { _ = try await open.sign([1], presence: person) } == .timedOut)
        #expect(await code { _ = try await open.unlock(for: .possession, presence: person) } == .interactionNeeded)
    }

    @Test func aKeyThatIsThereIsUsed() async throws {
        for style in [CardSettings.Style.yubiKey, .nist] {
            let fixture = CardFixture(style)
            #expect(await code { _ = try await fixture.key(.userVerification, PIVOptions()) } == .keyNotFound)
            fixture.card.makeKey(0x14, in: 0x9A)
            fixture.card.certify(0x9A, subject: "Alice")
            let key = try await fixture.key(.userVerification, PIVOptions())
            #expect(key.publicKey.algorithm == .es384)
            let signature = try await fixture.store().open(key).sign(
                [1], presence: ScriptedPresence(pins: [CardFixture.pin]))
            #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        }
    }

    @Test func anOlderYubiKeysPoliciesAreInItsAttestation() async throws {
        let fixture = CardFixture { $0.firmware = [4, 3, 5] }
        fixture.card.makeKey(0x11, in: 0x9D, pinPolicy: 3, touchPolicy: 2)
        let key = try await fixture.key(.userVerification, PIVOptions(verificationSlot: .keyManagement))
        let reference = try KeyReference(handle: key.handle)
        #expect(reference.pinPolicy == .always)
        #expect(reference.touchPolicy == .always)
    }

    @Test func aKeyIsNotReplacedUnasked() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        #expect(await code { _ = try await fixture.key() } == .unsupported)
        let other = try await fixture.key(.userVerification, PIVOptions(source: .replacement))
        #expect(other.publicKey != key.publicKey)
        let person = ScriptedPresence(pins: [CardFixture.pin])
        #expect(await code { _ = try await fixture.store().open(key).sign([1], presence: person) } == .keyNotFound)
    }

    @Test func aSlotOfWhichTheCardDoesNotSayWhatItHoldsIsNotWrittenOver() async throws {
        let fixture = CardFixture()
        fixture.card.makeKey(0x11, in: 0x9A)
        fixture.card.change { $0.metadataRefusal = 0x6F00 }
        for options in [PIVOptions(source: .new), PIVOptions()] {
            #expect(await code { _ = try await fixture.key(.userVerification, options) } == .unavailable)
        }
        #expect(fixture.card.log.commands.allSatisfy { $0[1] != 0x47 })
        let cards = try await PIVCards.list(of: fixture.readers)
        #expect(cards.first?.problem?.contains("6F00") == true)
    }

    @Test func aCertificateThatCannotBeReadHidesNeitherKeyNorCard() async throws {
        for style in [CardSettings.Style.yubiKey, .nist] {
            let fixture = CardFixture(style)
            fixture.card.makeKey(0x11, in: 0x9D)
            fixture.card.certify(0x9D, subject: "Alice")
            fixture.card.store([0x70, 0x05, 0x01], in: 0x5FC105)
            let cards = try await PIVCards.list(of: fixture.readers)
            #expect(cards.map(\.problem) == [nil])
            #expect(cards[0].slots.map(\.slot) == [.authentication, .keyManagement])
            #expect(cards[0].slots[0].certificateSubject == nil)
            #expect(await code { _ = try await fixture.key() } == .unsupported)
            #expect(fixture.card.log.commands.allSatisfy { $0[1] != 0x47 })
            #expect(await code { _ = try await fixture.key(.userVerification, PIVOptions()) } == .keyNotFound)
        }
        let fixture = CardFixture()
        fixture.card.makeKey(0x11, in: 0x9A)
        fixture.card.store([0x70, 0x05, 0x01], in: 0x5FC105)
        _ = try await fixture.key(.userVerification, PIVOptions())
    }

    @Test func severalCardsHaveToBeChosenFrom() async throws {
        let first = CardFixture { $0.serial = 1 }
        let second = CardFixture { $0.serial = 22 }
        first.readers.insert(second.card, in: "Other Reader 00 00")
        #expect(await code { _ = try await first.key() } == .unavailable)
        for name in ["22", "other reader"] {
            let key = try await first.key(
                .userVerification, PIVOptions(card: name, source: .replacement))
            #expect(try KeyReference(handle: key.handle).card == .serial(22))
            let person = ScriptedPresence(pins: [CardFixture.pin])
            _ = try await first.store().open(key).sign([1], presence: person)
            #expect(person.requests.first?.deviceName == "YubiKey 22")
        }
        #expect(
            await code { _ = try await first.key(.userVerification, PIVOptions(card: "333", source: .new)) }
                == .deviceRemoved)
        #expect(first.card.log.signatures == 0)
    }

    @Test func theCardIsFoundInAnotherReader() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let store = fixture.store()
        _ = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        fixture.readers.pullOut()
        let other = VirtualPIVCard(CardSettings(.nist))
        fixture.readers.insert(other)
        fixture.readers.insert(fixture.card, in: "Other Reader 00 00")
        _ = try await store.open(key).sign([2], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(other.pinTriesLeft == 3)
    }

    @Test func aCardWithoutANameIsKnownByItsKey() async throws {
        let fixture = CardFixture(.nist) { $0.guid = nil }
        let key = try await fixture.key()
        #expect(try KeyReference(handle: key.handle).card == nil)
        let stranger = CardFixture(.nist) { $0.guid = nil }
        fixture.readers.insert(stranger.card, in: "Another Reader 00 00")
        let signature = try await fixture.store().open(key).sign(
            [1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func longMessagesAreChainedToTheCard() async throws {
        for (takes, announces) in [(true, true), (false, true), (false, false)] {
            let fixture = CardFixture {
                $0.takesExtendedLength = takes
                $0.announcesExtendedLength = announces
            }
            let key = try await fixture.key(.userVerification, PIVOptions(source: .new, algorithm: .ed25519))
            let message = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
            let open = try await fixture.store().open(key)
            let signature = try await open.sign(message, presence: ScriptedPresence(pins: [CardFixture.pin]))
            #expect(key.publicKey.verifies(signature.bytes, of: message))
            let tooLong = [UInt8](repeating: 1, count: 5000)
            let person = ScriptedPresence(pins: [CardFixture.pin])
            #expect(await code { _ = try await open.sign(tooLong, presence: person) } == .unsupported)
        }
    }

    @Test func cardsThatAnswerInPartsAreUnderstood() async throws {
        let fixture = CardFixture(.nist) { $0.chainsEveryAnswer = true }
        fixture.readers.useT0()
        let key = try await fixture.key(.userVerification, PIVOptions(source: .new, algorithm: .rsa2048))
        let signature = try await fixture.store().open(key).sign(
            [1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        #expect(fixture.card.log.commands.allSatisfy { $0.count <= 5 + 255 + 1 })
    }

    @Test func theStoreSaysWhyItCannotBeUsed() async {
        let fixture = CardFixture()
        #expect(await fixture.store().availability() == .available)
        fixture.readers.pullOut()
        #expect(await fixture.store().availability() == .unavailable(reason: "no smart card is plugged in"))
        fixture.readers.run(false)
        guard case .unavailable(let reason) = await fixture.store().availability() else {
            Issue.record("available without a service")
            return
        }
        #expect(reason.contains("pcscd"))
    }

    @Test func deletingLeavesTheCardAlone() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        fixture.card.clearLog()
        try await fixture.store().delete(key)
        try await fixture.store().deleteAll(except: [])
        #expect(fixture.card.log.commands.isEmpty)
    }

    @Test func aKeyOfAnotherStoreOrADamagedOneIsNotOpened() async throws {
        let fixture = CardFixture()
        var key = try await fixture.key()
        key.kind = .tpm
        #expect(await code { _ = try await fixture.store().open(key) } == .keyNotFound)
        key.kind = .piv
        key.publicKey = try PrivateKey.generate(.edDSA).publicKey
        #expect(await code { _ = try await fixture.store().open(key) } == .keyDamaged)
    }
}
