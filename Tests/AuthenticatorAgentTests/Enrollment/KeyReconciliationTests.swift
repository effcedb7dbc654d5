// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import HTTPSClient
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

extension StubVerifier {
    var reconciliation: KeyReconciliation {
        KeyReconciliation(keys: keyStores, enrollments: store, http: HTTPSClient())
    }

    var removal: KeyRemoval { KeyRemoval(keys: keyStores, enrollments: store, http: HTTPSClient()) }

    /// Enrols with a spare of each purpose that the verifier has.
    func enrollWithSpares() async throws -> Enrollment {
        _ = try await enroll(userVerification: true)
        for purpose in [KeyPurpose.proofOfPossession, .userVerification] {
            let wish = AddKeyWish(
                enrollment: try #require(try await store.all().first), proof: .code("code-\(purpose)"),
                purpose: purpose,
                kind: .software)
            _ = try await AddKeyFlow(parts()).add(wish)
        }
        return try #require(try await store.all().first)
    }
}

/// What the verifier's list of keys, and the removal of one, do to this device's.
@Suite struct KeyReconciliationTests {
    private func kept(_ verifier: StubVerifier) async throws -> Enrollment {
        try #require(try await verifier.store.all().first)
    }

    @Test func nothingHappensWhereBothHaveTheSame() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        #expect(try await verifier.reconciliation.reconcile(enrollment).isEmpty)
        #expect(try await kept(verifier) == enrollment)
        let request = try #require(verifier.server.requests.last)
        #expect(request.method == "GET" && request.path.hasSuffix("/app-authenticators/\(enrollment.id)/keys"))
        let token = try UnverifiedJWS(String(try #require(request.headers["authorization"]).dropFirst(5)))
        try token.verify(type: TokenType.enrollmentUpdate, with: enrollment.clientInstance.publicKey)
    }

    @Test func whatTheVerifierBelievesOfKeysIsNotedAndKeptWhereItSaysNothing() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        #expect(enrollment.attested.isEmpty)
        let keys = enrollment.signingKeys(for: .proofOfPossession)
        verifier.registry.say(true, of: keys[0].id)
        verifier.registry.say(false, of: keys[1].id)
        verifier.registry.say(true, of: "of another enrolment")
        #expect(try await verifier.reconciliation.reconcile(enrollment).isEmpty)
        let noted = try await kept(verifier)
        #expect(noted.attested == [keys[0].id: true, keys[1].id: false])
        verifier.registry.say(nil, of: keys[0].id)
        verifier.registry.say(true, of: keys[1].id)
        _ = try await verifier.reconciliation.reconcile(noted)
        #expect(try await kept(verifier).attested == [keys[0].id: true, keys[1].id: true])
    }

    @Test(arguments: [true, false, nil])
    func whatTheVerifierSaysAsItTakesKeysIsKnownAtOnce(_ said: Bool?) async throws {
        let verifier = try await StubVerifier(.init(listsKeys: true))
        verifier.registry.sayOfNewKeys(said)
        let enrollment = try await verifier.enrollWithSpares()
        let signing = enrollment.keys.filter { $0.purpose != .clientInstance }
        #expect(signing.count == 4)
        #expect(signing.allSatisfy { enrollment.attested[$0.id] == said })
        #expect(enrollment.attested[enrollment.clientInstance.id] == nil)
    }

    @Test(arguments: [KeyPurpose.proofOfPossession, .userVerification], [0, 1])
    func aKeyThatTheAdministratorRemovedIsGoneHere(_ purpose: KeyPurpose, _ index: Int) async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        let keys = enrollment.signingKeys(for: purpose)
        verifier.registry.lose(keys[index].id)
        #expect(try await verifier.reconciliation.reconcile(enrollment) == [.removed(keys[index])])
        #expect(try await kept(verifier).signingKeys(for: purpose) == [keys[1 - index]])
        #expect(await !verifier.keys.all.contains(keys[index].id))
    }

    @Test func withoutAKeyThatShowsPossessionNothingIsChanged() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        for key in enrollment.signingKeys(for: .proofOfPossession) { verifier.registry.lose(key.id) }
        verifier.registry.lose(enrollment.spares[1].id)
        #expect(try await verifier.reconciliation.reconcile(enrollment) == [.noKeyLeft])
        #expect(try await kept(verifier) == enrollment)
        #expect(await verifier.keys.all == Set(enrollment.keys.map(\.id)))
    }

    @Test func aKeyOfAnotherPurposeIsNotTheOneThatIsListed() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        let spare = try #require(enrollment.signingKeys(for: .userVerification).last)
        verifier.registry.lose(spare.id)
        verifier.registry.list(spare.id, as: .proofOfPossession)
        #expect(try await verifier.reconciliation.reconcile(enrollment) == [.removed(spare)])
    }

    @Test func aKeyThatWasAddedSinceIsLeftAlone() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        for spare in enrollment.spares { verifier.registry.lose(spare.id) }
        var old = enrollment
        old.spares = []
        #expect(try await verifier.reconciliation.reconcile(old).isEmpty)
        #expect(try await kept(verifier) == enrollment)
    }

    @Test func noListIsTakenWhileAKeyIsBeingAdded() async throws {
        let verifier = try await StubVerifier()
        _ = try await verifier.enroll()
        let lock = try #require(try StateLock(path: verifier.lockPath))
        #expect(try await verifier.reconciliation.settled(lockPath: verifier.lockPath) == nil)
        withExtendedLifetime(lock) {}
    }

    static let undecided: [(StubHTTPServer.Answer?, EnrollmentError.Code)] = [
        (nil, .unreachable), (.init(500), .notAVerifier), (.init(200, body: "{}"), .notAVerifier),
        (StubVerifier.refused(500, .internalError), .failed), (StubVerifier.refused(429, .rateLimited), .failed),
        (StubVerifier.refused(401, .invalidToken), .refused), (StubVerifier.refused(410, .enrollmentDeleted), .refused),
        (StubVerifier.refused(404, .enrollmentNotFound), .refused),
    ]

    @Test(arguments: undecided.indices) func whatIsNotKnownChangesNothing(_ index: Int) async throws {
        let (answer, code) = Self.undecided[index]
        let isAsked = Mutex(false)
        let verifier = try await StubVerifier(.init(keyList: { isAsked.withLock { $0 } ? .some(answer) : nil }))
        let enrollment = try await verifier.enrollWithSpares()
        isAsked.withLock { $0 = true }
        let error = await #expect(throws: EnrollmentError.self) {
            try await verifier.reconciliation.reconcile(enrollment)
        }
        #expect(error?.code == code)
        #expect(try await kept(verifier) == enrollment)
        #expect(await verifier.keys.all == Set(enrollment.keys.map(\.id)))
    }

    @Test func aVerifierOfAnOlderVersionTellsNothing() async throws {
        let isOld = Mutex(false)
        let verifier = try await StubVerifier(.init(keyList: { isOld.withLock { $0 } ? .some(.init(404)) : nil }))
        var enrollment = try await verifier.enrollWithSpares()
        isOld.withLock { $0 = true }
        #expect(try await verifier.reconciliation.reconcile(enrollment).isEmpty)
        enrollment.spares[0].isConfirmed = false
        let error = await #expect(throws: EnrollmentError.self) {
            try await verifier.reconciliation.reconcile(enrollment)
        }
        #expect(error?.code == .failed)
    }

    // MARK: - Removal

    @Test(arguments: [KeyPurpose.proofOfPossession, .userVerification], [0, 1])
    func aKeyIsRemovedOnBothSides(_ purpose: KeyPurpose, _ index: Int) async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        let key = enrollment.signingKeys(for: purpose)[index]
        #expect(try await verifier.removal.remove(key, of: enrollment, lockPath: verifier.lockPath).isEmpty)
        #expect(!verifier.registry.ids.contains(key.id))
        let after = try await kept(verifier)
        #expect(!after.keys.contains(key) && after.signingKeys(for: purpose).count == 1)
        #expect(await verifier.keys.all == Set(after.keys.map(\.id)))
    }

    @Test func theLastKeysStayAndTheVerifierIsNotAsked() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enroll()
        for key in [enrollment.proofOfPossession, enrollment.clientInstance] {
            let error = await #expect(throws: EnrollmentError.self) {
                _ = try await verifier.removal.remove(key, of: enrollment, lockPath: verifier.lockPath)
            }
            #expect(error?.code == .refused && error?.hint?.contains("agent unenroll") == true)
        }
        #expect(!verifier.server.requests.contains { $0.method == "DELETE" })
        #expect(try await kept(verifier) == enrollment)
    }

    @Test(
        arguments: [
            (StubVerifier.refused(400, .userVerificationKeyRequired), "asks for a PIN"),
            (StubVerifier.refused(400, .validation), "Because of it."),
            (StubVerifier.refused(401, .invalidToken), "signature"),
            (nil, "could not be reached"),
        ] as [(StubHTTPServer.Answer?, String)])
    func whatTheVerifierDoesNotRemoveStaysHere(answer: StubHTTPServer.Answer?, words: String) async throws {
        let verifier = try await StubVerifier(.init(keyRemoval: { .some(answer) }))
        let enrollment = try await verifier.enrollWithSpares()
        let key = enrollment.spares[1].key
        let error = await #expect(throws: EnrollmentError.self) {
            _ = try await verifier.removal.remove(key, of: enrollment, lockPath: verifier.lockPath)
        }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(try await kept(verifier) == enrollment)
    }

    @Test func aKeyThatTheVerifierHasNoMoreIsRemovedHere() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enrollWithSpares()
        let key = enrollment.spares[0].key
        verifier.registry.lose(key.id)
        #expect(try await verifier.removal.remove(key, of: enrollment, lockPath: verifier.lockPath).isEmpty)
        #expect(try await !kept(verifier).keys.contains(key))
        #expect(!verifier.server.requests.contains { $0.method == "DELETE" })
    }

    @Test func aRemovalThatTheVerifierHadMadeIsFoundOut() async throws {
        let verifier = try await StubVerifier(.init(keyRemoval: { .some(StubVerifier.refused(404, .notFound)) }))
        let enrollment = try await verifier.enrollWithSpares()
        _ = try await verifier.removal.remove(enrollment.spares[0].key, of: enrollment, lockPath: verifier.lockPath)
        #expect(try await kept(verifier).spares == [enrollment.spares[1]])
    }
}
