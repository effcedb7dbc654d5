// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing
import VirtualPIVCard

@testable import PIVKeys

@Suite struct AttestationTests {
    private static let message = Array("countersign-piv-enrollment".utf8) + [0] + [UInt8](repeating: 9, count: 32)

    @Test(arguments: [PIVOptions.Source.new, .existing])
    func aYubiKeyAttestsKeysThatItMade(source: PIVOptions.Source) async throws {
        let fixture = CardFixture()
        if source == .existing { fixture.card.makeKey(0x11, in: 0x9A) }
        let made = try await fixture.store(PIVOptions(source: source)).generate(
            fixture.request(), presence: ScriptedPresence(pins: [CardFixture.pin]))
        let attestation = try #require(made.attestation)
        #expect(attestation.format == .yubikeyPIV)
        #expect(attestation.parts.keys.sorted() == ["signature"])
        let signature = try #require(attestation.parts["signature"])
        #expect(made.stored.publicKey.verifies(signature, of: Self.message))
        let certificates = try attestation.certificates.map { try Certificate(der: $0) }
        #expect(certificates.map(\.subject) == ["CN=YubiKey PIV Attestation 9a", "CN=Yubico PIV Attestation"])
        #expect(certificates[0].publicKey == made.stored.publicKey)
        #expect(AttestedPolicies.find(in: certificates[0])?.pin == 2)
    }

    @Test func aCorporateCardShowsItsCertificate() async throws {
        let fixture = CardFixture(.nist)
        fixture.card.makeKey(0x07, in: 0x9A)
        fixture.card.certify(0x9A, subject: "Alice Example")
        let person = ScriptedPresence(pins: [CardFixture.pin])
        let made = try await fixture.store().generate(fixture.request(), presence: person)
        let attestation = try #require(made.attestation)
        #expect(attestation.format == .pivCertificate)
        #expect(attestation.certificates.count == 1)
        #expect(try Certificate(der: attestation.certificates[0]).subject == "CN=Alice Example")
        let signature = try #require(attestation.parts["signature"])
        #expect(made.stored.publicKey.verifies(signature, of: Self.message))
        #expect(person.requests.count == 1)
    }

    @Test func aSilentKeyIsAttestedWithoutAPIN() async throws {
        let fixture = CardFixture()
        fixture.card.makeKey(0x11, in: 0x9E)
        let nobody = ScriptedPresence()
        let made = try await fixture.store().generate(fixture.request(.proofOfPossession), presence: nobody)
        #expect(made.attestation?.format == .yubikeyPIV)
        #expect(nobody.requests.isEmpty)
    }

    @Test func aFailureAfterTheCardMadeAKeySaysThatItStaysThere() async throws {
        func generate(_ fixture: CardFixture) async throws {
            _ = try await fixture.store(PIVOptions(source: .new)).generate(
                fixture.request(), presence: ScriptedPresence(pins: [CardFixture.pin]))
        }
        let rehearsal = CardFixture()
        rehearsal.readers.plan()
        try await generate(rehearsal)
        var told = 0
        for number in 0..<rehearsal.readers.commandCount {
            let fixture = CardFixture()
            fixture.readers.plan([number: .pullOut])
            guard let failure = await failure({ try await generate(fixture) }) else { continue }
            let isMade = fixture.card.log.commands.contains { $0[1] == 0x47 }
            #expect(failure.message.contains("slot 9a") == isMade, "at command \(number): \(failure.message)")
            if isMade { told += 1 }
        }
        #expect(told > 5)
    }

    @Test func ofAKeyThatGoesUnusedItsSlotIsSaid() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let remainder = try #require(fixture.store().remainder(of: key))
        #expect(remainder.contains("slot 9a") && remainder.contains("YubiKey") && remainder.contains("--key piv"))
    }

    // MARK: - Without an attestation

    @Test(arguments: [0x6A80, 0x6A81, 0x6A82, 0x6A86, 0x6A88, 0x6D00, 0x6E00] as [UInt16])
    func aKeyThatTheCardCannotAttestIsEnrolledWithItsCertificate(_ status: UInt16) async throws {
        let fixture = CardFixture { $0.attestationRefusal = status }
        fixture.card.makeKey(0x11, in: 0x9A)
        fixture.card.certify(0x9A, subject: "Alice Example")
        let made = try await fixture.store().generate(
            fixture.request(), presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(made.attestation?.format == .pivCertificate)
    }

    @Test(arguments: [0x6982, 0x6985, 0x6400, 0x6581, 0x6700, 0x6F00] as [UInt16])
    func aKeyThatTheCardRefusesToAttestIsNotEnrolledAsOneWithout(_ status: UInt16) async throws {
        let fixture = CardFixture { $0.attestationRefusal = status }
        fixture.card.makeKey(0x11, in: 0x9A)
        fixture.card.certify(0x9A, subject: "Alice Example")
        let person = ScriptedPresence(pins: [CardFixture.pin])
        let error = await #expect(throws: DeviceKeyError.self) {
            try await fixture.store().generate(fixture.request(), presence: person)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("refused to attest the key of slot 9a") == true)
        #expect(error?.message.contains(StatusWord(status).description) == true)
        #expect(person.requests.isEmpty)
    }

    @Test(arguments: [(0x6A80, false), (0x6A88, false), (0x6985, true)] as [(UInt16, Bool)])
    func whatAnOldYubiKeyRefusesToAttestIsNotTakenForAnEmptySlot(_ status: UInt16, isOccupied: Bool) async throws {
        let fixture = CardFixture {
            $0.firmware = [4, 3, 7]
            $0.attestationRefusal = status
        }
        fixture.card.makeKey(0x11, in: 0x9A)
        let error = await code { _ = try await fixture.key() }
        #expect(error == (isOccupied ? .unsupported : nil))
    }

    @Test func withoutAChallengeNothingIsAttested() async throws {
        let fixture = CardFixture()
        fixture.card.makeKey(0x11, in: 0x9A)
        var request = fixture.request()
        request.attestationChallenge = nil
        let made = try await fixture.store().generate(request, presence: ScriptedPresence())
        #expect(made.attestation == nil)
    }
}
