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

/// Spare keys: what the verifier is asked, and what is left where it goes wrong.
@Suite struct AddKeyFlowTests {
    private static let lost = StubVerifier.Script(addition: { _ in .some(nil) }, makesItAllTheSame: true)

    private func failure(_ body: () async throws -> StoredKey) async -> EnrollmentError? {
        do { _ = try await body() } catch { return error as? EnrollmentError }
        return nil
    }

    /// The enrolment as it stands.
    private func kept(_ verifier: StubVerifier) async throws -> Enrollment {
        try #require(try await verifier.store.all().first)
    }

    private func add(
        _ verifier: StubVerifier, _ purpose: KeyPurpose = .userVerification,
        _ proof: EnrollmentWish.Proof = .code("a-second-code"), name: String? = nil, parts: EnrollmentFlow.Parts? = nil
    ) async throws -> StoredKey {
        let wish = AddKeyWish(
            enrollment: try await kept(verifier), proof: proof, purpose: purpose, kind: .software,
            name: name.flatMap { KeyName($0) })
        return try await AddKeyFlow(parts ?? verifier.parts()).add(wish)
    }

    private func progress(_ verifier: StubVerifier) -> [EnrollmentProgress] { verifier.progress.withLock { $0 } }

    private func posted(_ verifier: StubVerifier) throws -> [(headers: [String: String], body: AddKeyRequest)] {
        try verifier.server.requests.filter { $0.method == "POST" && $0.path.hasSuffix("/keys") }
            .map { ($0.headers, try JSON.decode(AddKeyRequest.self, from: Array($0.body.utf8))) }
    }

    @Test(arguments: [KeyPurpose.proofOfPossession, .userVerification])
    func aKeyIsAddedByACode(_ purpose: KeyPurpose) async throws {
        let verifier = try await StubVerifier()
        let before = try await verifier.enroll(userVerification: true)
        let key = try await add(verifier, purpose, name: "blue key")
        let after = try await kept(verifier)
        #expect(after.spares == [EnrolledSpare(key: key, isConfirmed: true, codeHash: after.spares.first?.codeHash)])
        #expect(after.signingKeys(for: purpose) == before.signingKeys(for: purpose) + [key])
        #expect(after.keyNames == [key.id: "blue key"])
        #expect(await verifier.keys.all == Set(after.keys.map(\.id)))
        let request = try #require(try posted(verifier).first)
        #expect(request.headers["authorization"] == "OTDT a-second-code")
        #expect(request.body.keyType.rawValue == purpose.rawValue && request.body.key.keyID == key.id)
        #expect(request.body.key.publicKey == key.publicKey && request.body.attestations == nil)
        let update = try UnverifiedJWS(request.body.update)
        try update.verify(type: TokenType.enrollmentUpdate, with: before.clientInstance.publicKey)
        let claims = try update.claims(EnrollmentUpdateClaims.self)
        #expect(claims.enrollmentID == before.id && claims.audience == before.issuer)
        #expect(claims.userID == before.userID && claims.expiresAt - claims.issuedAt == 300)
        #expect(verifier.server.requests.last { $0.method == "POST" }?.path.contains("/\(before.id)/keys") == true)
    }

    @Test func hardwareIsToldWhatTheKeyIsASpareFor() async throws {
        let verifier = try await StubVerifier()
        let first = try await verifier.enroll(userVerification: true)
        #expect(await verifier.keys.requests.allSatisfy { $0.spareFor.isEmpty })
        let second = try await add(verifier, .userVerification)
        _ = try await add(verifier, .userVerification, .code("a-third-code"))
        _ = try await add(verifier, .proofOfPossession, .code("a-fourth-code"))
        let verifying = try #require(first.userVerification)
        #expect(
            await verifier.keys.requests.suffix(3).map(\.spareFor)
                == [[verifying], [verifying, second], [first.proofOfPossession]])
    }

    @Test func theKeyIsKeptAndSignsNothingBeforeTheVerifierHasIt() async throws {
        let verifier = try await StubVerifier(
            .init(addition: { _ in .some(.init(200, body: "{}", delayMillis: 2000)) }))
        _ = try await verifier.enroll(userVerification: true)
        let task = Task { try await add(verifier) }
        while try posted(verifier).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let during = try await kept(verifier)
        #expect(during.unconfirmedKeys.count == 1 && during.signingKeys(for: .userVerification).count == 1)
        task.cancel()
        let error = await #expect(throws: EnrollmentError.self) { try await task.value }
        #expect(error?.code == .cancelled && error?.hint?.contains("may have added") == true)
        #expect(try await kept(verifier).unconfirmedKeys.count == 1)
    }

    @Test(arguments: [
        (401, ErrorCode.invalidToken, "one-time code"), (429, .rateLimited, "too many tries"),
        (400, .validation, "Because of it."), (423, .enrollmentSuspended, "suspended"),
    ])
    func aRefusalLeavesNothing(status: Int, code: ErrorCode, words: String) async throws {
        let verifier = try await StubVerifier(.init(addition: { _ in .some(StubVerifier.refused(status, code)) }))
        let before = try await verifier.enroll()
        let error = await failure { try await add(verifier) }
        #expect(error?.code == .refused && error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(verifier.remainders.count == 1)
        #expect(try await kept(verifier) == before)
        #expect(await verifier.keys.all == Set(before.keys.map(\.id)))
    }

    @Test func aLostAnswerIsAskedForAgainByTheSameName() async throws {
        let verifier = try await StubVerifier(
            .init(addition: { $0 == 0 ? .some(nil) : nil }, makesItAllTheSame: true))
        _ = try await verifier.enroll()
        let key = try await add(verifier)
        #expect(try await kept(verifier).signingKeys(for: .userVerification) == [key])
        let names = try posted(verifier).map(\.body.requestID)
        #expect(names.count >= 2 && Set(names).count == 1)
    }

    // MARK: - What was interrupted

    private func interrupted(_ verifier: StubVerifier) async throws -> StoredKey {
        _ = try await verifier.enroll(userVerification: true)
        let error = await failure { try await add(verifier) }
        #expect(error?.code == .unreachable && error?.hint?.contains("finds out") == true)
        return try #require(try await kept(verifier).unconfirmedKeys.first)
    }

    @Test(arguments: [EnrollmentWish.Proof.code("a-second-code"), .browser])
    func theSameCommandAgainFindsTheKeyThatWasAdded(_ proof: EnrollmentWish.Proof) async throws {
        let verifier = try await StubVerifier(Self.lost)
        let key = try await interrupted(verifier)
        let posts = try posted(verifier).count
        #expect(try await add(verifier, .userVerification, proof) == key)
        #expect(try posted(verifier).count == posts)
        #expect(try await kept(verifier).signingKeys(for: .userVerification).last == key)
        #expect(progress(verifier).contains(.foundOfKey(.confirmed(key))))
    }

    @Test func theSameCodeFindsAKeyThatTheNextStartConfirmed() async throws {
        let verifier = try await StubVerifier(Self.lost)
        let key = try await interrupted(verifier)
        #expect(try await verifier.reconciliation.reconcile(try await kept(verifier)) == [.confirmed(key)])
        #expect(try await add(verifier, .userVerification, .code("ASECONDC0DE")) == key)
    }

    @Test func anotherCodeAddsAnotherKey() async throws {
        let losing = Mutex(true)
        let verifier = try await StubVerifier(
            .init(addition: { _ in losing.withLock { $0 } ? .some(nil) : nil }, makesItAllTheSame: true))
        let key = try await interrupted(verifier)
        losing.withLock { $0 = false }
        let other = try await add(verifier, .userVerification, .code("a-third-code"))
        #expect(try await kept(verifier).signingKeys(for: .userVerification).suffix(2) == [key, other])
    }

    @Test func aKeyThatTheVerifierNeverHadIsGoneAndTheCodeCounts() async throws {
        let losing = Mutex(true)
        let verifier = try await StubVerifier(.init(addition: { _ in losing.withLock { $0 } ? .some(nil) : nil }))
        let dropped = try await interrupted(verifier)
        losing.withLock { $0 = false }
        let key = try await add(verifier)
        #expect(key != dropped && progress(verifier).contains(.foundOfKey(.dropped(dropped))))
        #expect(await verifier.keys.all == Set(try await kept(verifier).keys.map(\.id)))
    }

    @Test func leftoverRemovalSparesAKeyThatIsNotConfirmed() async throws {
        let verifier = try await StubVerifier(Self.lost)
        let key = try await interrupted(verifier)
        _ = try await verifier.recovery.leftovers(lockPath: verifier.lockPath)
        #expect(await verifier.keys.all.contains(key.id))
    }

    // MARK: - Before the verifier is asked

    @Test func onAFullDiskTheVerifierIsNotAsked() async throws {
        let verifier = try await StubVerifier()
        let before = try await verifier.enroll()
        let parts = verifier.parts(store: FullStore(store: verifier.store))
        #expect(await failure { try await add(verifier, parts: parts) }?.code == .state)
        #expect(try posted(verifier).isEmpty)
        #expect(await verifier.keys.all == Set(before.keys.map(\.id)))
    }

    @Test func aPersonWhoGivesNoPINLeavesNothing() async throws {
        let verifier = try await StubVerifier()
        let before = try await verifier.enroll()
        var parts = verifier.parts()
        parts.presence = { _, _ in ScriptedPresence() }
        #expect(await failure { try await add(verifier, parts: parts) }?.code == .cancelled)
        #expect(try await kept(verifier) == before)
        #expect(try posted(verifier).isEmpty)
    }

    @Test func nobodyAddsAKeyWhileAnotherEnrols() async throws {
        let verifier = try await StubVerifier()
        _ = try await verifier.enroll()
        let lock = try #require(try StateLock(path: verifier.lockPath))
        #expect(await failure { try await add(verifier) }?.code == .busy)
        withExtendedLifetime(lock) {}
    }

    @Test func anEnrolmentHasNoMoreKeysThanVerifiersTake() async throws {
        let verifier = try await StubVerifier()
        _ = try await verifier.enroll()
        for number in 1..<AddKeyFlow.maximumKeys {
            _ = try await add(verifier, .proofOfPossession, .code("code-\(number)"))
        }
        let error = await failure { try await add(verifier, .proofOfPossession, .code("one-more")) }
        #expect(error?.code == .refused && error?.message.contains("at most 8") == true)
        #expect(try await kept(verifier).signingKeys(for: .proofOfPossession).count == AddKeyFlow.maximumKeys)
    }

    @Test func anotherOrganisationAtTheAddressGetsNoKey() async throws {
        let other = Mutex(false)
        let verifier = try await StubVerifier(
            .init(configuration: { if other.withLock({ $0 }) { $0.organizationID = "00o2" } }))
        _ = try await verifier.enroll()
        other.withLock { $0 = true }
        #expect(await failure { try await add(verifier) }?.code == .notAVerifier)
        #expect(try posted(verifier).isEmpty)
    }

    @Test func noCodeIsSpentOnAKeyThatWouldSignNothingIn() async throws {
        let wantsHardware = Mutex(false)
        let verifier = try await StubVerifier(
            .init(configuration: { if wantsHardware.withLock({ $0 }) { $0.settings.keyProtection = "HARDWARE" } }))
        _ = try await verifier.enroll()
        wantsHardware.withLock { $0 = true }
        #expect(await failure { try await add(verifier) }?.code == .refused)
        #expect(try posted(verifier).isEmpty)
    }

    @Test func theClientInstanceKeyHasNoSpare() async throws {
        let verifier = try await StubVerifier()
        let before = try await verifier.enroll()
        #expect(await failure { try await add(verifier, .clientInstance) }?.code == .keys)
        #expect(try await kept(verifier) == before)
        #expect(await verifier.keys.all == Set(before.keys.map(\.id)))
    }
}
