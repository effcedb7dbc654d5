// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import FoundationEssentials
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Enrolments whose answer was never seen, or never kept.
@Suite struct InterruptedEnrollmentTests {
    private static let lost = StubVerifier.Script(enrollment: { _ in .some(nil) }, makesItAllTheSame: true)

    /// What a test turns off.
    private final class Switch: Sendable {
        private let state = Mutex(true)
        var isOn: Bool { state.withLock { $0 } }
        func turnOff() { state.withLock { $0 = false } }
        func turnOn() { state.withLock { $0 = true } }
    }

    private func failure(_ body: () async throws -> Enrollment) async -> EnrollmentError? {
        do { _ = try await body() } catch { return error as? EnrollmentError }
        return nil
    }

    /// An enrolment that the verifier may have made, and whose answer did not come.
    private func interrupted(
        _ verifier: StubVerifier, _ proof: EnrollmentWish.Proof = .code("the-code"), userVerification: Bool = false
    ) async throws -> PendingEnrollment {
        let error = await failure { try await verifier.enroll(proof, userVerification: userVerification) }
        #expect(error?.code == .unreachable)
        #expect(error?.hint?.contains("agent enroll \(verifier.server.origin)") == true)
        return try #require(try await verifier.store.pending().last)
    }

    @Test(arguments: [false, true]) func whatIsKeptIsEnoughAndHoldsNoCode(canVerify: Bool) async throws {
        let verifier = try await StubVerifier(Self.lost)
        let pending = try await interrupted(verifier, userVerification: canVerify)
        #expect(pending.issuer == verifier.server.origin)
        #expect(pending.endpoint == verifier.server.origin + "/idp/myaccount/app-authenticators")
        #expect(pending.organizationID == "00o1")
        #expect(pending.pinned.sequence == 1)
        #expect(pending.codeHash == Array(SHA256.hash(Array("THEC0DE".utf8))))
        #expect(pending.storedKeys.count == (canVerify ? 3 : 2))
        #expect(await verifier.keys.all == Set(pending.storedKeys.map(\.id)))
        #expect(try JSON.decode(EnrollmentRequest.self, from: pending.request).requestID == pending.requestID)
        for suffix in ["", "-wal"] {
            let file = URL(fileURLWithPath: verifier.folder.path + "/agent.sqlite" + suffix)
            #expect(!String(decoding: try Data(contentsOf: file), as: UTF8.self).contains("the-code"))
        }
    }

    @Test func theSameCommandAgainFinishesWhatTheVerifierMade() async throws {
        let verifier = try await StubVerifier(Self.lost)
        let pending = try await interrupted(verifier)
        let enrollment = try await verifier.enroll()
        #expect(enrollment.id == "pfd0")
        #expect(Set(enrollment.keys) == Set(pending.storedKeys))
        #expect(enrollment.pinned == pending.pinned)
        #expect(try await verifier.store.all() == [enrollment])
        #expect(try await verifier.store.pending().isEmpty)
        #expect(verifier.progress.withLock { $0 }.contains(.completedInterrupted(enrollment)))
        let asked = try #require(try verifier.posted(asking: true).first)
        #expect(try JSON.encode(asked.body) == JSON.encode(JSON.decode(EnrollmentRequest.self, from: pending.request)))
        let token = try UnverifiedJWS(String(try #require(asked.headers["authorization"]).dropFirst(5)))
        try token.verify(type: TokenType.enrollmentUpdate, with: pending.keys.proofOfPossession.publicKey)
        let claims = try token.claims(EnrollmentUpdateClaims.self)
        #expect(claims.enrollmentID == pending.requestID)
        #expect(claims.audience == pending.issuer)
        #expect(claims.userID.isEmpty)
    }

    @Test func aCodeThatFinishedAnEnrolmentIsNotTriedAgain() async throws {
        let verifier = try await StubVerifier(Self.lost)
        let pending = try await interrupted(verifier, .code("7k2m-9qxt"))
        // As the daemon does when it starts.
        guard case .completed(let enrollment) = try await verifier.recovery.finish(pending) else {
            Issue.record("it was not completed")
            return
        }
        let posts = try verifier.posted().count
        #expect(try await verifier.enroll(.code("7K2M9QXT")) == enrollment)
        #expect(try verifier.posted().count == posts)
        #expect(await failure { try await verifier.enroll(.code("another")) }?.code == .unreachable)
    }

    @Test func anotherCodeEnrolsAfterTheInterruptedOneIsFinished() async throws {
        let losing = Switch()
        let verifier = try await StubVerifier(
            .init(
                enrollment: { _ in
                    .some(losing.isOn ? nil : .init(201, body: StubVerifier.accepted(id: "pfd9", user: "00u2")))
                }, makesItAllTheSame: true))
        _ = try await interrupted(verifier)
        losing.turnOff()
        let enrollment = try await verifier.enroll(.code("another"))
        #expect(enrollment.id == "pfd9")
        #expect(try await verifier.store.all().count == 2)
        #expect(await verifier.keys.all.count == 4)
    }

    @Test func anOlderEnrolmentIsReplacedByTheOneThatIsFinished() async throws {
        let losing = Switch()
        losing.turnOff()
        let verifier = try await StubVerifier(
            .init(enrollment: { _ in losing.isOn ? .some(nil) : nil }, makesItAllTheSame: true))
        let old = try await verifier.enroll(.code("an-older-code"))
        losing.turnOn()
        _ = try await interrupted(verifier)
        let new = try await verifier.enroll()
        #expect(try await verifier.store.all() == [new])
        #expect(verifier.progress.withLock { $0 }.contains(.replaced(old.id, everywhere: true)))
        #expect(await verifier.keys.all == Set(new.keys.map(\.id)))
    }

    @Test func anInterruptedOneThatIsFinishedLateLeavesNewerOnesAlone() async throws {
        let (losing, failing) = (Switch(), Switch())
        let verifier = try await StubVerifier(
            .init(
                enrollment: { _ in losing.isOn ? .some(nil) : nil },
                finishing: { _ in failing.isOn ? .some(StubVerifier.refused(500, .internalError)) : nil },
                makesItAllTheSame: true))
        var parts = verifier.parts()
        parts.clock = AgentClock { AgentClock.system.now() - 1000 }
        let flow = EnrollmentFlow(parts)
        #expect(await failure { try await flow.enroll(try verifier.wish()) }?.code == .unreachable)
        let pending = try #require(try await verifier.store.pending().last)
        losing.turnOff()
        // What became of the first one is not known, and the person gives another code.
        let newer = try await verifier.enroll(.code("another"))
        failing.turnOff()
        guard case .completed(let older) = try await verifier.recovery.finish(pending) else {
            Issue.record("it was not completed")
            return
        }
        #expect(older.userID == newer.userID && older.id != newer.id && older.createdAt == pending.createdAt)
        #expect(await verifier.recovery.replaceOlder(than: older).isEmpty)
        #expect(try await verifier.store.all().contains(newer))
        #expect(!verifier.server.requests.contains { $0.method == "DELETE" })
        #expect(await verifier.recovery.replaceOlder(than: newer).map(\.id) == [older.id])
    }

    @Test func whatTheVerifierNeverMadeLeavesNothing() async throws {
        let verifier = try await StubVerifier(.init(enrollment: { _ in .some(nil) }))
        let pending = try await interrupted(verifier)
        guard case .dropped = try await verifier.recovery.finish(pending) else {
            Issue.record("it was not dropped")
            return
        }
        #expect(try await verifier.store.pending().isEmpty)
        #expect(await verifier.keys.all.isEmpty)
    }

    @Test func theSameCodeEnrolsWhereNothingWasMade() async throws {
        let losing = Switch()
        let verifier = try await StubVerifier(.init(enrollment: { _ in losing.isOn ? .some(nil) : nil }))
        let pending = try await interrupted(verifier)
        losing.turnOff()
        let enrollment = try await verifier.enroll()
        #expect(verifier.progress.withLock { $0 }.contains(.droppedInterrupted(pending)))
        #expect(await verifier.keys.all == Set(enrollment.keys.map(\.id)))
        #expect(Set(enrollment.keys).isDisjoint(with: pending.storedKeys))
    }

    @Test(arguments: [
        (410, ErrorCode.enrollmentDeleted), (410, .deviceDeleted), (410, .userDeleted), (404, .enrollmentNotFound),
    ])
    func whatIsGoneThereIsGoneHere(status: Int, code: ErrorCode) async throws {
        let verifier = try await StubVerifier(
            .init(enrollment: { _ in .some(nil) }, finishing: { _ in .some(StubVerifier.refused(status, code)) }))
        guard case .dropped = try await verifier.recovery.finish(try await interrupted(verifier)) else {
            Issue.record("it was not dropped")
            return
        }
        #expect(await verifier.keys.all.isEmpty)
    }

    static let undecided: [StubHTTPServer.Answer?] = [
        nil, .init(500), .init(404, body: "not found"), .init(200, body: "{}"), StubVerifier.refused(401, .clockSkew),
        StubVerifier.refused(423, .enrollmentSuspended), StubVerifier.refused(423, .userSuspended),
        StubVerifier.refused(429, .rateLimited), StubVerifier.refused(500, .internalError),
    ]

    @Test(arguments: undecided.indices)
    func whatIsNotKnownIsKeptAndSaid(_ index: Int) async throws {
        let verifier = try await StubVerifier(
            .init(enrollment: { _ in .some(nil) }, finishing: { _ in .some(Self.undecided[index]) }))
        let pending = try await interrupted(verifier)
        guard case .undecided(let error) = try await verifier.recovery.finish(pending) else {
            Issue.record("it was decided")
            return
        }
        #expect(!error.message.isEmpty)
        // The same code again would only tell that it is spent.
        let posts = try verifier.posted().count
        #expect(await failure { try await verifier.enroll() } == error || index == 0)
        #expect(try verifier.posted().count == posts)
        #expect(try await verifier.store.pending() == [pending])
        #expect(await verifier.keys.all == Set(pending.storedKeys.map(\.id)))
        // Nobody takes its keys for left-overs.
        #expect(try await verifier.recovery.leftovers(lockPath: verifier.lockPath) == [pending])
        #expect(await verifier.keys.all == Set(pending.storedKeys.map(\.id)))
    }

    @Test func aVerifierThatFailsMayHaveMadeIt() async throws {
        let verifier = try await StubVerifier(
            .init(
                enrollment: { _ in .some(StubVerifier.refused(500, .internalError)) }, makesItAllTheSame: true))
        let error = await failure { try await verifier.enroll() }
        #expect(error?.code == .failed)
        #expect(try await verifier.store.pending().count == 1)
        #expect(try await verifier.enroll().id == "pfd0")
    }

    @Test func aRefusalOfTheSecondTryDoesNotSpeakForTheFirst() async throws {
        let verifier = try await StubVerifier(
            .init(
                // libcurl itself tries again on another connection where one that it kept breaks.
                enrollment: { .some($0 < 2 ? nil : StubVerifier.refused(429, .rateLimited)) }, makesItAllTheSame: true))
        let error = await failure { try await verifier.enroll() }
        #expect(try verifier.posted().count == 3)
        #expect(error?.code == .failed)
        #expect(try await verifier.enroll().id == "pfd0")
    }

    @Test func anEnrolmentThatCannotBeKeptIsFinishedWhenThereIsRoom() async throws {
        let verifier = try await StubVerifier()
        let full = FullStore(store: verifier.store, takesPending: true)
        let flow = EnrollmentFlow(verifier.parts(store: full))
        #expect(await failure { try await flow.enroll(try verifier.wish()) }?.code == .state)
        #expect(!verifier.server.requests.contains { $0.method == "DELETE" })
        let enrollment = try await verifier.enroll()
        #expect(enrollment.id == "pfd0")
        #expect(await verifier.keys.all == Set(enrollment.keys.map(\.id)))
    }

    @Test func whoInterruptsItIsToldThatItMayHaveBeenMade() async throws {
        let verifier = try await StubVerifier(
            .init(enrollment: { _ in .some(.init(201, body: "{}", delayMillis: 2000)) }))
        let task = Task { try await verifier.enroll() }
        while try verifier.posted().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let error = await #expect(throws: EnrollmentError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(try await verifier.store.pending().count == 1)
    }

    @Test func twoWhoFinishTheSameDoItOnce() async throws {
        let verifier = try await StubVerifier(Self.lost)
        let pending = try await interrupted(verifier)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    guard case .completed = try await verifier.recovery.finish(pending) else {
                        Issue.record("it was not completed")
                        return
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await verifier.store.all().count == 1)
    }

    @Test func withoutItsKeysThereIsNothingToFinish() async throws {
        let verifier = try await StubVerifier(Self.lost)
        let pending = try await interrupted(verifier)
        await verifier.keys.delete(pending.keys.proofOfPossession)
        guard case .dropped = try await verifier.recovery.finish(pending) else {
            Issue.record("it was not dropped")
            return
        }
        #expect(try verifier.posted(asking: true).isEmpty)
        #expect(await verifier.keys.all.isEmpty)
    }

    @Test func anotherVerifiersIsLeftAlone() async throws {
        let verifier = try await StubVerifier(Self.lost)
        let pending = try await interrupted(verifier)
        let other = try await StubVerifier()
        var parts = verifier.parts()
        parts.lockPath = other.lockPath
        _ = try await EnrollmentFlow(parts).enroll(try other.wish())
        #expect(try await verifier.store.pending() == [pending])
        #expect(await verifier.keys.all.count == 4)
    }
}
