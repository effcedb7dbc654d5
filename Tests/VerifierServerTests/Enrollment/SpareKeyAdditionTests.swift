// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// What adds a spare key.
@Suite struct SpareKeyAdditionTests {
    @Test(arguments: [ResponseKeyType.proofOfPossession, .userVerification])
    func deviceAndPersonTogetherAddASpare(_ keyType: ResponseKeyType) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let user = try #require(agent.enrollment).user.id
        _ = try await world.services.notices.takeForPage(userID: user)
        world.clock.advance(100)
        let spare = try SpareKey(keyType)
        #expect(try await agent.add(spare).id == spare.signer.keyID)
        let listed = try await agent.keys()
        // As the device is told when it is enrolled.
        let first = try #require(agent.enrollment?.keys)
        #expect(first.map(\.id) == [agent.proofOfPossession, agent.userVerification].compactMap { $0?.keyID })
        #expect(first.allSatisfy { $0.attested == false } && first.allSatisfy(listed.contains))
        #expect(
            listed.last
                == .init(id: spare.signer.keyID, keyType: keyType, createdAt: world.clock.now, attested: false))
        #expect(listed.map(\.keyType) == [.proofOfPossession, .userVerification, keyType])
        let notices = try await world.services.notices.takeForPage(userID: user)
        #expect(notices.count == 1 && notices[0].contains("spare key (in a file) was added to your device \"laptop\""))
        let event = try #require(try world.audit.events(.keyAdd).first)
        #expect(event.debugContext.debugData["keyId"] == spare.signer.keyID)
        #expect(event.debugContext.debugData["keyType"] == keyType.rawValue)
        #expect(event.debugContext.debugData["authority"] == "sign-in")
        #expect(event.target.map(\.type) == ["User", "Device", "Enrollment"])
    }

    @Test func aCodeAddsASpareAndThePersonIsTold() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let user = try #require(agent.enrollment).user.id
        _ = try await world.services.notices.takeForPage(userID: user)
        let before = try world.audit.events(.codeUse).count
        try await agent.add(try SpareKey(), by: .code(try await world.services.codes.issue(username: "alice")))
        #expect(try await world.services.notices.takeForPage(userID: user).count == 2)
        #expect(try world.audit.events(.codeUse).count == before + 1)
        #expect(
            try world.audit.events(.keyAdd).first?.debugContext.debugData["authority"] == "one-time code")
    }

    @Test func anEnrolmentWithoutAVerificationKeyGetsItsFirst() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent(verifiesUser: false)
        let added = try await agent.addedSpare(.userVerification)
        let record = try await agent.record()
        #expect(record.userVerification?.keyID == added.signer.keyID)
        #expect(record.spares.isEmpty)
        #expect(try await world.services.enrollmentDirectory.list().first?.verifiesUser == true)
    }

    // MARK: - The device asks

    @Test func anyKeyThatSignsWithoutThePersonShowsThatTheDeviceAsks() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        for signer in [agent.proofOfPossession, agent.clientInstance, spare.signer] {
            try await agent.add(try SpareKey(), update: try await agent.update(by: signer))
        }
        #expect(try await agent.keyIDs().count == 6)
    }

    @Test func withoutTheDevicesOwnWordNothingIsAdded() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let other = try await world.enrolledAgent("mallory")
        let secondDevice = try await world.enrolledAgent()
        let forger = InMemorySigner(keyID: agent.clientInstance.keyID, key: try PrivateKey.generate(.es256))
        let verificationSpare = try await agent.addedSpare(.userVerification)
        let tokens = [
            "no token": "", "junk": "junk", "an unknown key": try await agent.update(by: try SpareKey().signer),
            "a forger": try await agent.update(by: forger),
            "the verification key": try await agent.update(by: try agent.signer(.userVerification)),
            "a spare that verifies": try await agent.update(by: verificationSpare.signer),
            "another person's key": try await agent.update(by: other.clientInstance),
            "another device's key": try await agent.update(by: secondDevice.proofOfPossession),
            "another person's token": try await other.update(),
            "another device's token": try await secondDevice.update(),
            "another type": try await agent.update(type: TokenType.deviceBind),
        ]
        let before = try await agent.keyIDs()
        for (name, token) in tokens {
            let error = try await refusal("\(name)") { try await agent.add(try SpareKey(), update: token) }
            #expect(error.status == 401, "\(name)")
        }
        #expect(try await agent.keyIDs() == before)
    }

    @Test(arguments: EnrollmentDeletionTests.changes.indices)
    func aChangedTokenAddsNothing(_ index: Int) async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let token = try await agent.update(changed: EnrollmentDeletionTests.changes[index].1)
        let error = try await refusal("\(EnrollmentDeletionTests.changes[index].0)") {
            try await agent.add(try SpareKey(), update: token)
        }
        #expect(error.status == 401)
        #expect(try await agent.record().spares.isEmpty)
    }

    @Test func aTokenAddsOneKey() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let token = try await agent.update()
        try await agent.add(try SpareKey(), update: token)
        let error = try await refusal { try await agent.add(try SpareKey(), update: token) }
        #expect(error.status == 401 && error.summary.contains("used before"))
        let listed = try await agent.update()
        _ = try await agent.keys(token: listed)
        #expect(try await refusal { try await agent.add(try SpareKey(), update: listed) }.status == 401)
        #expect(try await agent.record().spares.count == 1)
    }

    @Test func aKeyThatIsRemovedWhileItAsksAddsNothing() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let asking = try await agent.addedSpare()
        let authority = try await agent.authority()
        let token = try await agent.update(by: asking.signer)
        let (services, store) = try await world.interrupted()
        store.beforeNextWrite { try await agent.removeKey(asking.signer.keyID) }
        let error = try await refusal {
            try await agent.add(try SpareKey(), by: authority, update: token, at: services)
        }
        #expect(error.status == 401)
        #expect(try await agent.record().spares.isEmpty)
    }

    // MARK: - The person agrees

    @Test func anotherPersonsAuthorityAddsNothingAndIsNotUsed() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let mallory = try await world.services.users.add(username: "mallory")
        let authorities: [EnrollmentAuthority] = [
            try await world.authority(of: mallory.id), .code(try await world.services.codes.issue(username: "mallory")),
        ]
        for authority in authorities {
            let error = try await refusal { try await agent.add(try SpareKey(), by: authority) }
            #expect(error.status == 403)
            _ = try await TestAgent(world: world).enroll(by: authority)
        }
        #expect(try await agent.record().spares.isEmpty)
    }

    @Test func aSignInOrCodeAddsOneKeyOrDevice() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        for isCode in [false, true] {
            func fresh() async throws -> EnrollmentAuthority {
                isCode
                    ? .code(try await world.services.codes.issue(username: "alice"))
                    : try await agent.authority()
            }
            let usedForKey = try await fresh()
            try await agent.add(try SpareKey(), by: usedForKey)
            #expect(try await refusal { try await agent.add(try SpareKey(), by: usedForKey) }.status == 401)
            #expect(try await refusal { try await TestAgent(world: world).enroll(by: usedForKey) }.status == 401)
            let usedForDevice = try await fresh()
            _ = try await TestAgent(world: world).enroll(by: usedForDevice)
            #expect(try await refusal { try await agent.add(try SpareKey(), by: usedForDevice) }.status == 401)
        }
        #expect(try await agent.record().spares.count == 2)
    }

    @Test func oneSignInAddsOneKeyUnderConcurrency() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let authority = try await agent.authority()
        let added = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask { (try? await agent.add(try SpareKey(), by: authority)) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(added == 1)
        #expect(try await agent.record().spares.count == 1)
    }

    @Test func theDevicesWordAloneAddsNothing() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let authorities: [EnrollmentAuthority] = [
            .earlierRequest(token: try await agent.update()), .accessToken(id: "unknown"),
            .code("0000-0000-0000-0000-0000-0000"),
        ]
        for authority in authorities {
            #expect(try await refusal { try await agent.add(try SpareKey(), by: authority) }.status == 401)
        }
        #expect(try await agent.record().spares.isEmpty)
    }

    @Test func wrongCodesCount() async throws {
        let world = try await VerifierWorld { $0.rateLimits.failedCodesPerAddress = RateLimit(2, per: 900) }
        let agent = try await world.enrolledAgent()
        for status in [401, 401, 429] {
            let error = try await refusal {
                try await agent.add(try SpareKey(), by: .code("0000-0000-0000-0000-0000-0000"))
            }
            #expect(error.status == status)
        }
    }

    @Test func tooManyKeysOfOneAddressWait() async throws {
        let world = try await VerifierWorld { $0.rateLimits.enrollmentsPerAddress = RateLimit(3, per: 60) }
        let agent = try await world.enrolledAgent()
        for status in [401, 401, 429] {
            #expect(try await refusal { try await agent.add(try SpareKey(), update: "junk") }.status == status)
        }
    }

    @Test(arguments: StandingCase.all)
    func whatIsNotActiveGetsNoKey(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let authority = try await agent.authority()
        try await given.change(world.services, try #require(agent.enrollment))
        let error = try await refusal { try await agent.add(try SpareKey(), by: authority) }
        // A person's sign-in ends with the person.
        #expect(error.code.rawValue == (given.testDescription.hasPrefix("user") ? "E0000011" : given.code))
        #expect(try await agent.record().spares.isEmpty)
    }
}
