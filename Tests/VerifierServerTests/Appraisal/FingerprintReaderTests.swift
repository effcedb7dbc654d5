// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

/// A fingerprint reader of the device's, of which there is the agent's word alone.
@Suite struct FingerprintReaderTests {
    private struct Setting {
        let world: VerifierWorld
        let agent: TestAgent
        let handle: String
        let challenge: String

        /// Posts the answer of a person who was verified so.
        func post(_ methods: [String]) async throws {
            let response = try await agent.response(
                to: challenge, consent: .approvedUserVerification, keyType: .userVerification
            ) { $0.methods = methods }
            try await world.post(response, to: challenge)
        }
    }

    private static func tpm(isWithoutPIN: Bool?) -> EnrolledHardware {
        var hardware = EnrolledHardware(
            kind: .tpm, isAttested: true, model: nil, verifiesUser: false, wantsTouch: false)
        hardware.isWithoutPIN = isWithoutPIN
        return hardware
    }

    /// A person who is to be verified, with a user-verification key in this hardware.
    private func setting(_ hardware: EnrolledHardware?, takesFingerprintReaders: Bool) async throws -> Setting {
        let world = try await VerifierWorld { $0.fingerprintReaders = takesFingerprintReaders }
        let agent = try await world.enrolledAgent()
        let id = try #require(agent.enrollment?.id)
        try await world.store.write { writer in
            var record = try #require(try writer.record(EnrollmentRecord.self, id: id))
            record.userVerification?.hardware = hardware
            try writer.save(record)
        }
        let handle = try await world.signInOf("alice", .fixture(userVerification: .required))
        return Setting(world: world, agent: agent, handle: handle, challenge: try await world.challenge(handle))
    }

    @Test(arguments: [
        (nil, ["swk", "fpt", "mfa", "pop"], "phr"),
        (Self.tpm(isWithoutPIN: true), ["hwk", "fpt", "mfa", "pop"], "phrh"),
        (Self.tpm(isWithoutPIN: nil), ["hwk", "fpt", "mfa", "pop"], "phrh"),
    ])
    func whereTheOrganisationTakesThemItSignsIn(
        hardware: EnrolledHardware?, methods: [String], contextClass: String
    ) async throws {
        let setting = try await setting(hardware, takesFingerprintReaders: true)
        try await setting.post(["fpt"])
        let identity = try #require(try await setting.world.signIn.view(stateHandle: setting.handle).identity)
        #expect(identity.methods == methods)
        #expect(identity.contextClass == contextClass)
    }

    @Test(arguments: [nil, Self.tpm(isWithoutPIN: true), Self.tpm(isWithoutPIN: nil)])
    func elsewhereItIsRefusedAndSaysWhatToDo(hardware: EnrolledHardware?) async throws {
        let setting = try await setting(hardware, takesFingerprintReaders: false)
        let error = await #expect(throws: VerifierError.self) { try await setting.post(["fpt"]) }
        #expect(error?.status == 400 && error?.code == .userVerificationKeyRequired)
        #expect(error?.summary.contains("fingerprint reader") == true)
        #expect(error?.summary.contains("Enrol the device again") == true)
        #expect(try await setting.world.signIn.view(stateHandle: setting.handle).identity == nil)
    }

    @Test func notTakingThemIsTheDefault() async throws {
        let world = try await VerifierWorld()
        #expect(!world.services.settings.fingerprintReaders)
        #expect(try await world.services.enrollment.configuration().settings.fingerprintReaders == false)
    }

    @Test func agentsAreToldThatTheyAreTaken() async throws {
        let world = try await VerifierWorld { $0.fingerprintReaders = true }
        #expect(try await world.services.enrollment.configuration().settings.fingerprintReaders == true)
    }

    @Test func aKeyThatWasAttestedToHaveNoPINCannotSayThatOneWasTyped() async throws {
        let setting = try await setting(Self.tpm(isWithoutPIN: true), takesFingerprintReaders: true)
        let error = await #expect(throws: VerifierError.self) { try await setting.post(["pin"]) }
        #expect(error?.status == 401)
    }

    @Test func aPINStaysAPINWhereFingerprintReadersAreNotTaken() async throws {
        let setting = try await setting(nil, takesFingerprintReaders: false)
        try await setting.post(["pin"])
        let identity = try #require(try await setting.world.signIn.view(stateHandle: setting.handle).identity)
        #expect(identity.methods == ["swk", "pin", "mfa", "pop"])
    }
}
