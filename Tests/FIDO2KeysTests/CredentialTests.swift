// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing
import VirtualAuthenticator
import WebAuthn

@testable import FIDO2Keys

@Suite struct CredentialTests {
    private func attestationObject(_ made: GeneratedKey) throws -> CBORValue {
        let bytes = try #require(made.attestation?.parts["attestationObject"])
        return try #require(CBORValue(reading: bytes))
    }

    @Test func aCredentialIsBoundToTheIssuersOwnRelyingParty() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession, ScriptedPresence())
        let handle = try CredentialHandle(reading: made.stored.handle)
        #expect(handle.relyingPartyID == Rig.relyingPartyID)
        #expect(handle.origin == Rig.issuer)
        #expect(handle.algorithm == -7)
        #expect(handle.aaguid == rig.key.model.aaguid)
        #expect(handle.deviceName == "Virtual Key")
        #expect(!handle.isUserVerified)
        #expect(made.stored.kind == .fido2)
        #expect(made.stored.id.hasPrefix("fk"))
        #expect(rig.key.credentialCount == 1)
    }

    @Test func theStatementCoversTheVerifiersChallenge() async throws {
        let made = try await Rig().make(.userVerification)
        #expect(made.attestation?.format == .fido2)
        let clientData = try #require(made.attestation?.parts["clientDataJSON"])
        #expect(
            try CollectedClientData(reading: clientData)
                == CollectedClientData(.enroll, challenge: Rig.challenge, origin: Rig.issuer))
        let object = try attestationObject(made)
        #expect(object["fmt"] == "packed")
        #expect(object["attStmt"]?["x5c"]?.array?.count == 1)
        let data = try #require(object["authData"]?.bytes)
        #expect(Array(data[..<32]) == SHA256.hash(Array(Rig.relyingPartyID.utf8)))
        #expect(data[32] == 0x45, "present, verified, attested")
    }

    @Test func aKeyMayAttestByItsCredential() async throws {
        var model = VirtualKeyModel()
        model.attestation = .selfSigned
        let made = try await Rig(model).make(.proofOfPossession)
        let object = try attestationObject(made)
        let data = try #require(object["authData"]?.bytes)
        let clientData = try #require(made.attestation?.parts["clientDataJSON"])
        let signature = try #require(object["attStmt"]?["sig"]?.bytes)
        #expect(object["attStmt"]?["x5c"] == nil)
        #expect(made.stored.publicKey.verifies(nativeSignature: signature, of: data + SHA256.hash(clientData)))
    }

    @Test func aKeyMayAttestNothing() async throws {
        var model = VirtualKeyModel()
        model.attestation = .none
        let object = try attestationObject(try await Rig(model).make(.proofOfPossession))
        #expect(object["fmt"] == "none")
        #expect(object["attStmt"] == .map([:]))
    }

    @Test func noStatementIsMadeWhereNoneIsAskedFor() async throws {
        let rig = Rig()
        let request = KeyRequest(purpose: .proofOfPossession, issuer: Rig.issuer, organizationName: "Example")
        #expect(try await rig.store.generate(request, presence: ScriptedPresence()).attestation == nil)
    }

    @Test(arguments: [SignatureAlgorithm.es256, .edDSA, .rs256])
    func aKeyWithOneAlgorithmUsesIt(algorithm: SignatureAlgorithm) async throws {
        var model = VirtualKeyModel()
        model.algorithms = [algorithm]
        let rig = Rig(model)
        let made = try await rig.make(.userVerification)
        #expect(made.stored.publicKey.algorithm == algorithm)
        let signed = try await rig.sign(made.stored, .verification)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
    }

    @Test func es256IsPreferredWhateverTheKeyPrefers() async throws {
        var model = VirtualKeyModel()
        model.algorithms = [.rs256, .edDSA, .es256]
        #expect(try await Rig(model).make(.proofOfPossession).stored.publicKey.algorithm == .es256)
    }

    @Test func proofOfPossessionAsksForATouchAndNoPIN() async throws {
        let presence = ScriptedPresence()
        let made = try await Rig().make(.proofOfPossession, presence)
        #expect(presence.requests.isEmpty)
        #expect(presence.actions == [HardwareAction(.touch, deviceName: "Virtual Key")])
        #expect(try attestationObject(made)["authData"]?.bytes?[32] == 0x41)
    }

    @Test func aKeyThatWantsItsPINForEveryCredentialGetsIt() async throws {
        let presence = ScriptedPresence(pins: [Rig.pin])
        let made = try await Rig(.ctap20).make(.proofOfPossession, presence)
        #expect(presence.requests.count == 1)
        #expect(try CredentialHandle(reading: made.stored.handle).isUserVerified)
    }

    @Test func aKeyThatAlwaysVerifiesAsksForItsPIN() async throws {
        var model = VirtualKeyModel()
        model.isAlwaysVerifying = true
        let presence = ScriptedPresence(pins: [Rig.pin])
        #expect(
            try CredentialHandle(reading: try await Rig(model).make(.proofOfPossession, presence).stored.handle)
                .isUserVerified)
        #expect(presence.requests.count == 1)
    }

    @Test func verificationWithoutPINNamesTheProgramThatSetsOne() async throws {
        let rig = Rig(pin: nil)
        let error = await Rig.error { try await rig.make(.userVerification) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("fido2-token -S virtual:") == true)
        #expect(rig.key.credentialCount == 0)
    }

    @Test func refusalsAreNoMatterForASecurityKey() async throws {
        let rig = Rig()
        #expect(await Rig.failure { try await rig.make(.clientInstance) } == .unsupported)
    }

    @Test func aDiscoverableCredentialTakesAPlaceAndCanBeDeleted() async throws {
        var rig = Rig()
        rig.options.isDiscoverable = true
        let presence = ScriptedPresence(pins: [Rig.pin, Rig.pin])
        let made = try await rig.make(.proofOfPossession, presence)
        #expect(try CredentialHandle(reading: made.stored.handle).isDiscoverable)
        try await rig.store.delete(made.stored)
        #expect(rig.key.credentialCount == 1, "not without a PIN")
        #expect(try await rig.store.delete(made.stored, presence: presence))
        #expect(rig.key.credentialCount == 0)
    }

    @Test func aKeyWithoutRoomSaysSo() async throws {
        var model = VirtualKeyModel()
        model.discoverableCapacity = 1
        var rig = Rig(model)
        rig.options.isDiscoverable = true
        _ = try await rig.make(.userVerification)
        let error = await Rig.error { try await rig.make(.userVerification) }
        #expect(error?.message.contains("no room") == true)
    }

    @Test func protectionIsSetOrRefused() async throws {
        var rig = Rig()
        rig.options.protection = .userVerificationRequired
        #expect(await Rig.failure { try await rig.make(.proofOfPossession) } == .unsupported)
        let made = try await rig.make(.userVerification)
        // Such a credential hides from who is not verified: it is found by the key's model and the PIN.
        let signed = try await rig.sign(made.stored, .verification)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        #expect(await Rig.failure { try await rig.sign(made.stored, .possession) } == .interactionNeeded)
        var plain = VirtualKeyModel()
        plain.hasExtensions = false
        var other = Rig(plain)
        other.options.protection = .userVerificationOptionalWithCredentialID
        #expect(await Rig.failure { try await other.make(.proofOfPossession) } == .unsupported)
    }

    @Test(arguments: [VirtualKeyModel.Attestation.packed, .selfSigned])
    func aStatementThatWasTamperedWithIsRefused(attestation: VirtualKeyModel.Attestation) async throws {
        var model = VirtualKeyModel()
        model.attestation = attestation
        let rig = Rig(model)
        rig.key.set { switches in
            switches.mutateAnswer = { command, answer in
                // The signature begins with the head of a DER sequence, behind its name and length.
                guard command == 1, let name = answer.firstRange(of: Array("csig".utf8)) else { return answer }
                var changed = answer
                changed[name.upperBound + 20] ^= 1
                return changed
            }
        }
        let error = await Rig.error { try await rig.make(.proofOfPossession) }
        #expect(error?.code == .unavailable)
        rig.key.set { $0.mutateAnswer = nil }
        _ = try await rig.make(.proofOfPossession)
    }

    @Test(arguments: VirtualKeyModel.Attestation.allCases, VirtualKeyModel.Lie.allCases)
    func aCredentialThatIsNotWhatWasAskedForIsRefused(
        attestation: VirtualKeyModel.Attestation, lie: VirtualKeyModel.Lie
    ) async throws {
        var model = VirtualKeyModel()
        model.attestation = attestation
        var rig = Rig(model)
        rig.options.protection = .userVerificationRequired
        rig.key.set(lie: lie)
        #expect(await Rig.failure { try await rig.make(.userVerification) } == .unavailable)
        rig.key.set(lie: nil)
        _ = try await rig.make(.userVerification)
    }

    @Test func aCredentialThatTheKeyNoLongerHasIsDeletedAtOnce() async throws {
        var rig = Rig()
        rig.options.isDiscoverable = true
        let made = try await rig.make(.proofOfPossession)
        let other = Rig()
        let presence = ScriptedPresence()
        let start = ContinuousClock.now
        #expect(
            try await !FIDO2KeyStore(rig.options, source: other.devices).delete(made.stored, presence: presence))
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(presence.actions.isEmpty && presence.requests.isEmpty, "nobody is asked for anything")
    }

    @Test func onlyADiscoverableCredentialIsSaidToStay() async throws {
        var rig = Rig()
        let plain = try await rig.make(.proofOfPossession)
        #expect(rig.store.remainder(of: plain.stored) == nil)
        rig.options.isDiscoverable = true
        let kept = try await rig.make(.proofOfPossession)
        let handle = try CredentialHandle(reading: kept.stored.handle)
        let remainder = try #require(rig.store.remainder(of: kept.stored))
        #expect(remainder.contains("fido2-token -L -k \(handle.relyingPartyID) DEVICE"))
    }

    @Test func aKeyThatIsNotPluggedInIsWaitedForBeforeItsCredentialIsDeleted() async throws {
        var rig = Rig()
        rig.options.isDiscoverable = true
        let made = try await rig.make(.proofOfPossession)
        rig.key.unplug()
        let key = rig.key
        let presence = ReactingPresence { action in
            if action.kind == .insert { key.plug() }
        }
        #expect(try await rig.store.delete(made.stored, presence: presence))
        #expect(key.credentialCount == 0)
    }

    @Test func anOldKeyWorksForPresenceAlone() async throws {
        let rig = Rig(.u2f, pin: nil)
        let made = try await rig.make(.proofOfPossession, ScriptedPresence())
        let attestation = try attestationObject(made)
        #expect(attestation["fmt"] == "fido-u2f")
        #expect(attestation["attStmt"]?["sig"] != nil && attestation["attStmt"]?["alg"] == nil)
        let signed = try await rig.sign(made.stored, .presence, ScriptedPresence())
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        #expect(signed.assertion.flags == 0x01)
        #expect(await Rig.failure { try await rig.sign(made.stored, .possession) } == .interactionNeeded)
        #expect(await Rig.failure { try await rig.make(.userVerification) } == .unsupported)
    }
}
