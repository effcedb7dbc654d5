// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct SingleUseTests {
    @Test func oneOfManyGenuineResponsesIsAccepted() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        var responses: [String] = []
        for _ in 0..<16 { responses.append(try await agent.response(to: challenge)) }
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for response in responses {
                group.addTask { (try? await world.post(response, to: challenge)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(accepted == 1)
        #expect(try world.audit.events(.authentication).filter { $0.outcome.result == "SUCCESS" }.count == 1)
    }

    @Test func theSameResponseAgainIsAnsweredAlikeWithoutASecondAcceptance() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge)
        try await world.post(response, to: challenge)
        try await world.post(response, to: challenge)
        _ = try await world.finish(handle)
        try await world.post(response, to: challenge)
        #expect(try world.audit.events(.authentication).count == 1)
        await #expect(throws: VerifierError.self) { _ = try await world.finish(handle) }
    }

    @Test func theSameResponseManyTimesAtOnceIsAcceptedOnce() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 { group.addTask { try await world.post(response, to: challenge) } }
            try await group.waitForAll()
        }
        #expect(try world.audit.events(.authentication).count == 1)
    }

    @Test func anotherResponseAfterTheFirstIsOver() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        try await world.post(try await agent.response(to: challenge), to: challenge)
        let second = try await agent.response(to: challenge)
        let error = try await #require(throws: VerifierError.self) { try await world.post(second, to: challenge) }
        #expect(error.code == .transactionOver)
    }

    @Test func theIdentityIsTakenOnceByManyAtOnce() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        let taken = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { (try? await world.finish(handle)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
    }

    @Test func aResponseToAReplacedChallengeIsOver() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let old = try await world.challenge(handle)
        let response = try await agent.response(to: old)
        _ = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        let new = try await world.challenge(handle)
        #expect(new != old)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: old) }
        #expect(error.code == .transactionOver)
        try await world.post(try await agent.response(to: new), to: new)
        #expect(try await world.signIn.view(stateHandle: handle).name == "success")
    }

    @Test func aChallengeThatIsReplacedMeanwhileIsNotConcluded() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge)
        let (services, store) = try await world.interrupted()
        store.beforeNextWrite {
            _ = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        }
        let transactionID = try world.transactionID(challenge)
        let error = try await #require(throws: VerifierError.self) {
            try await services.signIn.respond(
                transactionID: transactionID, response: response, address: VerifierWorld.address)
        }
        #expect(error.code == .transactionOver)
        #expect(try await world.challenge(handle) != challenge)
    }

    @Test func aChallengeThatIsAnsweredMeanwhileIsNotReplaced() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge)
        let (services, store) = try await world.interrupted()
        store.beforeNextWrite { try await world.post(response, to: challenge) }
        let view = try await services.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        #expect(view.name == "success")
        #expect(try await world.finish(handle).userID == agent.enrollment?.user.id)
    }
}
