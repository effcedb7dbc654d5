// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing
import VirtualPIVCard

@testable import PIVKeys

@Suite struct ManagementKeyTests {
    private static let key = (1...24).map { UInt8($0) }
    private static let digits = Hexadecimal.text(key)

    @Test(arguments: [0x03, 0x08, 0x0A, 0x0C] as [UInt8], [CardSettings.Style.yubiKey, .nist])
    func everyKindOfManagementKeyIsAskedForAndUsed(algorithm: UInt8, style: CardSettings.Style) async throws {
        let size = algorithm == 0x08 ? 16 : algorithm == 0x0C ? 32 : 24
        let secret = (0..<size).map { UInt8(100 + $0) }
        let fixture = CardFixture(style) {
            $0.managementAlgorithm = algorithm
            $0.managementKey = secret
        }
        let person = ScriptedPresence(pins: [CardFixture.pin, Hexadecimal.text(secret)])
        _ = try await fixture.store(PIVOptions(source: .new)).generate(.userVerification, presence: person)
        #expect(person.requests.map(\.secret) == [.pin, .managementKey])
        #expect(person.requests.last?.triesLeft == nil)
    }

    @Test func aCardThatAuthenticatesOneSideOnlyIsTaken() async throws {
        let fixture = CardFixture(.nist) { $0.knowsMutualAuthentication = false }
        _ = try await fixture.key()
        #expect(fixture.card.object(0x5FC105) != nil)
    }

    @Test func theFactorysKeyIsNotAskedForWhereTheCardSaysThatItIsInUse() async throws {
        let fixture = CardFixture()
        let person = ScriptedPresence(pins: [CardFixture.pin])
        _ = try await fixture.store(PIVOptions(source: .new)).generate(.userVerification, presence: person)
        #expect(person.requests.map(\.secret) == [.pin])
    }

    @Test func aWrongManagementKeyIsAskedForAgain() async throws {
        let fixture = CardFixture { $0.managementKey = Self.key }
        let person = ScriptedPresence(pins: [CardFixture.pin, "xyz", String(repeating: "00", count: 24), Self.digits])
        _ = try await fixture.store(PIVOptions(source: .new)).generate(.userVerification, presence: person)
        #expect(person.requests.map(\.lastEntryWasWrong) == [false, false, true, true])
    }

    @Test func whoeverDoesNotKnowItMakesNoKey() async throws {
        let fixture = CardFixture { $0.managementKey = Self.key }
        let person = ScriptedPresence(pins: [CardFixture.pin, String(repeating: "00", count: 24)])
        let store = fixture.store(PIVOptions(source: .new))
        #expect(await code { _ = try await store.generate(.userVerification, presence: person) } == .cancelled)
        #expect(fixture.card.object(0x5FC105) == nil)
        #expect(fixture.card.log.commands.allSatisfy { $0[1] != 0x47 })
    }

    @Test func aKeyBehindThePINIsNotAskedFor() async throws {
        let fixture = CardFixture { $0.managementKey = Self.key }
        fixture.card.store([0x80, 0x03, 0x81, 0x01, 0x02], in: AdminData.object)
        fixture.card.store(
            BERTLV(0x88, [BERTLV(0x89, Self.key)]).encoded, in: ProtectedManagementKey.object)
        for purpose in [KeyPurpose.userVerification, .proofOfPossession] {
            let person = ScriptedPresence(pins: [CardFixture.pin])
            _ = try await fixture.store(PIVOptions(source: .new)).generate(purpose, presence: person)
            #expect(person.requests.map(\.secret) == [.pin])
        }
    }

    @Test func aKeyThatShouldBeBehindThePINAndIsNotIsSaid() async throws {
        let fixture = CardFixture { $0.managementKey = Self.key }
        fixture.card.store([0x80, 0x03, 0x81, 0x01, 0x02], in: AdminData.object)
        #expect(await code { _ = try await fixture.key() } == .unavailable)
        fixture.card.store([0x80, 0x03, 0x82, 0x01, 0x55], in: AdminData.object)
        #expect(await code { _ = try await fixture.key() } == .unsupported)
    }

    @Test func aCardThatDoesNotKnowTheKeyItselfIsNotBelieved() async throws {
        let fixture = CardFixture()
        let original = fixture.card
        // A card that says yes to everything: the answer to the challenge is not the encrypted challenge.
        fixture.readers.mutate { answer in
            guard answer.count == 22, answer.starts(with: [0x7C, 0x12, 0x82]) else { return answer }
            return [0x7C, 0x12, 0x82, 0x10] + [UInt8](repeating: 0, count: 16) + [0x90, 0x00]
        }
        #expect(await code { _ = try await fixture.key() } == .unavailable)
        #expect(original.log.commands.allSatisfy { $0[1] != 0x47 })
    }

    @Test func aKeyBehindThePINOnAPadIsSaidAndNotAskedForTwice() async throws {
        let fixture = CardFixture { $0.managementKey = Self.key }
        fixture.card.store([0x80, 0x03, 0x81, 0x01, 0x02], in: AdminData.object)
        fixture.card.store(
            BERTLV(0x88, [BERTLV(0x89, Self.key)]).encoded, in: ProtectedManagementKey.object)
        fixture.readers.attachPad(typing: CardFixture.pin)
        let store = fixture.store(PIVOptions(source: .new))
        let person = ScriptedPresence()
        _ = try await store.generate(.proofOfPossession, presence: person)
        #expect(person.actions.map(\.kind) == [.pinOnReader])
        #expect(fixture.card.log.commands.count { $0.starts(with: [0, 0x20, 0, 0x80, 8]) } == 1)
        // A card that is reset while the person types is not shown the PIN again by itself.
        let replacing = fixture.store(PIVOptions(source: .replacement))
        fixture.readers.plan()
        fixture.card.clearLog()
        _ = try await replacing.generate(.proofOfPossession, presence: person)
        let log = fixture.card.log.commands
        let read = try #require(log.firstIndex { $0.starts(with: [0, 0xCB, 0x3F, 0xFF, 5, 0x5C, 3, 0x5F, 0xC1, 9]) })
        // The pad's command goes by the reader, and is not among those that are planned.
        fixture.readers.plan([read - 1: .reset])
        fixture.card.clearLog()
        #expect(await code { _ = try await replacing.generate(.proofOfPossession, presence: person) } == .unavailable)
        #expect(fixture.card.log.commands.count { $0.starts(with: [0, 0x20, 0, 0x80, 8]) } == 1)
    }

    @Test func whereTheManagementKeyIsIsAskedOnce() async throws {
        let fixture = CardFixture()
        fixture.card.clearLog()
        _ = try await fixture.key()
        let asking: [UInt8] = [0, 0xCB, 0x3F, 0xFF, 5, 0x5C, 3, 0x5F, 0xFF, 0]
        #expect(fixture.card.log.commands.count { $0.starts(with: asking) } == 1)
    }
}
