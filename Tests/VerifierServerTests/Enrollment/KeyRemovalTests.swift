// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// What becomes of an enrolment when a key is removed, and which keys stay.
@Suite struct KeyRemovalTests {
    @Test func theDeviceRemovesASpareAndThePersonIsTold() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        let user = try #require(agent.enrollment).user.id
        _ = try await world.services.notices.takeForPage(userID: user)
        try await agent.removeKey(spare.signer.keyID)
        #expect(
            try await agent.keys().map(\.id) == [agent.proofOfPossession, agent.userVerification].map { $0?.keyID })
        let thumbprint = spare.signer.jwk.thumbprint
        let kept = try await world.store.read { try $0.record(EnrolledKeyRecord.self, id: thumbprint) }
        #expect(kept?.wasRemoved == true)
        let notices = try await world.services.notices.takeForPage(userID: user)
        #expect(notices.count == 1 && notices[0].contains("was removed from your device \"laptop\""))
        let event = try #require(try world.audit.events(.keyRemove).first)
        #expect(event.actor.id == user)
        #expect(event.debugContext.debugData["keyId"] == spare.signer.keyID)
    }

    @Test func theOldestSpareTakesTheFirstKeysPlace() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let verification = try await agent.addedSpare(.userVerification)
        agent.world.clock.advance(10)
        let older = try await agent.addedSpare()
        agent.world.clock.advance(10)
        let newer = try await agent.addedSpare()
        try await agent.removeKey(agent.proofOfPossession.keyID)
        var record = try await agent.record()
        #expect(record.proofOfPossession.keyID == older.signer.keyID)
        #expect(record.spares.map(\.key.keyID) == [verification.signer.keyID, newer.signer.keyID])
        #expect(try await agent.keys().first?.createdAt == agent.world.clock.now - 10)
        try await agent.removeKey(try agent.signer(.userVerification).keyID)
        record = try await agent.record()
        #expect(record.userVerification?.keyID == verification.signer.keyID)
        #expect(record.spares.map(\.key.keyID) == [newer.signer.keyID])
    }

    @Test func theLastPossessionKeyStays() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        _ = try await agent.addedSpare(.userVerification)
        let before = try await agent.record()
        let error = try await refusal { try await agent.removeKey(agent.proofOfPossession.keyID) }
        #expect(error.status == 400 && error.code.rawValue == "E0000001")
        #expect(try await agent.record() == before)
    }

    @Test(arguments: [true, false])
    func theLastVerificationKeyStaysWhereOneIsRequired(_ isRequired: Bool) async throws {
        let world = try await VerifierWorld { $0.enrollmentUserVerification = isRequired ? .required : .preferred }
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare(.userVerification)
        try await agent.removeKey(try agent.signer(.userVerification).keyID)
        guard isRequired else { return try await agent.removeKey(spare.signer.keyID) }
        let error = try await refusal { try await agent.removeKey(spare.signer.keyID) }
        #expect(error.status == 400 && error.code.rawValue == "E0000158")
        #expect(try await agent.record().userVerification?.keyID == spare.signer.keyID)
    }

    @Test(arguments: [true, false])
    func theLastAttestedKeyStaysWhereOneIsRequired(_ isRequired: Bool) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let plain = try await agent.addedSpare()
        let attested = try await agent.addedSpare()
        try await agent.changeRecord { record in
            record.changeSignInKey(thumbprint: attested.signer.jwk.thumbprint) {
                $0.hardware = EnrolledHardware(
                    kind: .tpm, isAttested: true, model: nil, verifiesUser: false, wantsTouch: false)
            }
        }
        // The organisation wants it from now on.
        let demanding = try await VerifierWorld.services(
            in: world.folder, store: world.store, clock: world.clock, audit: world.audit
        ) { $0.attestation.requiresAttestation = isRequired }
        let id = try #require(agent.enrollment).id
        func remove(_ keyID: String) async throws {
            try await demanding.enrollment.removeKey(
                keyID, of: id, token: try await agent.update(), address: VerifierWorld.address)
        }
        try await remove(plain.signer.keyID)
        guard isRequired else { return try await remove(attested.signer.keyID) }
        let error = try await refusal { try await remove(attested.signer.keyID) }
        #expect(error.status == 400 && error.summary.contains("attested hardware"))
    }

    @Test func whatIsNoSignInKeyIsNotFound() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        for name in ["unknown", agent.clientInstance.keyID, ""] {
            let error = try await refusal { try await agent.removeKey(name) }
            #expect(error.status == 404 && error.code.rawValue == "E0000007")
        }
    }

    @Test func sessionsAndTokensThatRestOnTheEnrolmentEnd() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        let identity = try await world.signedIn(by: agent)
        let session = try await world.session(of: identity)
        let token = try await world.services.sessions.issueAccessToken(
            identity: identity, clientID: "app", scopes: ["openid"], lifetime: 600)
        // A key that stays makes the same of it: whoever had the lost one may have had the session.
        try await agent.removeKey(spare.signer.keyID)
        #expect(try await world.services.sessions.find(token: session) == nil)
        #expect(try await world.services.sessions.findAccessToken(token) == nil)
        #expect(try await world.store.read { try $0.all(Session.self) }.isEmpty)
    }

    @Test func aKeyThatStaysEndsNoSession() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let session = try await world.session(of: try await world.signedIn(by: agent))
        _ = try await refusal { try await agent.removeKey(agent.proofOfPossession.keyID) }
        #expect(try await world.services.sessions.find(token: session) != nil)
    }

    // MARK: - The device's word

    @Test func aRemovedKeyNoLongerSpeaksForTheDevice() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare()
        try await agent.removeKey(agent.proofOfPossession.keyID)
        func token() async throws -> String { try await agent.update(by: agent.proofOfPossession) }
        let id = try #require(agent.enrollment).id
        #expect(try await refusal { try await agent.keys(token: try await token()) }.status == 401)
        #expect(
            try await refusal { try await agent.removeKey(spare.signer.keyID, token: try await token()) }.status == 401)
        #expect(try await refusal { try await agent.add(try SpareKey(), update: try await token()) }.status == 401)
        let deletion = try await refusal {
            try await agent.world.services.enrollment.delete(
                enrollmentID: id, token: try await token(), address: VerifierWorld.address)
        }
        #expect(deletion.status == 401)
        #expect(try await agent.keys(token: try await agent.update(by: spare.signer)).count == 2)
    }

    @Test(arguments: EnrollmentDeletionTests.changes.indices)
    func aChangedTokenListsAndRemovesNothing(_ index: Int) async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare()
        let (name, change) = EnrollmentDeletionTests.changes[index]
        let list = try await refusal("\(name)") {
            try await agent.keys(token: try await agent.update(changed: change))
        }
        let removal = try await refusal("\(name)") {
            try await agent.removeKey(spare.signer.keyID, token: try await agent.update(changed: change))
        }
        #expect(list.status == 401 && removal.status == 401)
        #expect(try await agent.record().spares.count == 1)
    }

    @Test func aTokenCountsOnce() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare()
        let token = try await agent.update()
        _ = try await agent.keys(token: token)
        #expect(try await refusal { try await agent.keys(token: token) }.summary.contains("used before"))
        let error = try await refusal { try await agent.removeKey(spare.signer.keyID, token: token) }
        #expect(error.status == 401 && error.summary.contains("used before"))
        #expect(try await agent.record().spares.count == 1)
    }

    @Test func anotherDeviceNeitherListsNorRemoves() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        for other in [try await world.enrolledAgent(), try await world.enrolledAgent("mallory")] {
            let own = try await other.update()
            let forged = try await agent.update(by: other.clientInstance)
            for token in [own, forged, "junk"] {
                #expect(try await refusal { try await agent.keys(token: token) }.status == 401)
                #expect(
                    try await refusal { try await agent.removeKey(spare.signer.keyID, token: token) }.status == 401)
            }
        }
        #expect(try await agent.record().spares.count == 1)
    }

    @Test(arguments: StandingCase.all)
    func whatIsNotActiveNeitherListsNorRemoves(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        try await given.change(world.services, try #require(agent.enrollment))
        #expect(try await refusal { try await agent.keys() }.code.rawValue == given.code)
        #expect(try await refusal { try await agent.removeKey(spare.signer.keyID) }.code.rawValue == given.code)
        #expect(try await agent.record().spares.count == 1)
    }

    @Test func tooManyRequestsOfOneAddressWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.enrollmentsPerAddress = RateLimit(3, per: 60) }
        let agent = try await world.enrolledAgent()
        #expect(try await refusal { try await agent.keys(token: "junk") }.status == 401)
        #expect(try await refusal { try await agent.removeKey("x", token: "junk") }.status == 401)
        #expect(try await refusal { try await agent.keys(token: "junk") }.status == 429)
        #expect(try await refusal { try await agent.removeKey("x", token: "junk") }.status == 429)
    }

    // MARK: - The administrator's word

    @Test func theAdministratorRemovesALostKey() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let id = try #require(agent.enrollment).id
        let user = try #require(agent.enrollment).user.id
        let spare = try await agent.addedSpare()
        _ = try await world.services.notices.takeForPage(userID: user)
        let session = try await world.session(of: try await world.signedIn(by: agent))
        let directory = world.services.enrollmentDirectory
        let entries = try await directory.keys(of: id)
        #expect(entries.map(\.id) == (try await agent.keyIDs()))
        #expect(entries.last?.keyType == .proofOfPossession && entries.last?.hardware == nil)
        try await directory.removeKey(agent.proofOfPossession.keyID, of: id)
        #expect(try await directory.keys(of: id).first?.id == spare.signer.keyID)
        #expect(try await world.services.sessions.find(token: session) == nil)
        #expect(try world.audit.events(.keyRemove).map(\.actor.type) == ["SystemPrincipal"])
        #expect(try await world.services.notices.takeForPage(userID: user).count == 1)
    }

    @Test func theAdministratorIsToldWhyAKeyStays() async throws {
        let world = try await VerifierWorld { $0.enrollmentUserVerification = .required }
        let agent = try await world.enrolledAgent()
        let id = try #require(agent.enrollment).id
        let directory = world.services.enrollmentDirectory
        for signer in [agent.proofOfPossession, try agent.signer(.userVerification)] {
            let error = try await #require(throws: DirectoryError.self) {
                try await directory.removeKey(signer.keyID, of: id)
            }
            guard case .keyStays = error else { throw TestFailure("\(error)") }
        }
        await #expect(throws: DirectoryError.unknownKey("x", enrollment: id)) {
            try await directory.removeKey("x", of: id)
        }
        await #expect(throws: DirectoryError.unknownEnrollment("x")) { try await directory.removeKey("x", of: "x") }
        await #expect(throws: DirectoryError.unknownEnrollment("x")) { _ = try await directory.keys(of: "x") }
        try await directory.delete(id)
        await #expect(throws: DirectoryError.enrollmentDeleted(id)) { try await directory.removeKey("x", of: id) }
    }
}

extension VerifierWorld {
    /// Signs a person in, silently.
    func signedIn(by agent: TestAgent) async throws -> AuthenticatedIdentity {
        let handle = try await signInOf(try #require(agent.enrollment).user.username)
        let challenge = try await challenge(handle)
        try await post(try await agent.response(to: challenge), to: challenge)
        return try await finish(handle)
    }
}
