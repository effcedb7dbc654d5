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

@Suite struct EnrollmentFlowTests {
    private func failure(_ body: () async throws -> Enrollment) async -> EnrollmentError? {
        do { _ = try await body() } catch { return error as? EnrollmentError }
        return nil
    }

    @Test func aCodeEnrolsThisDevice() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enroll()
        #expect(enrollment.issuer == verifier.server.origin)
        #expect(enrollment.username == "alice")
        #expect(enrollment.userVerification == nil)
        #expect(enrollment.pinned.sequence == 1)
        #expect(try await verifier.store.all() == [enrollment])
        #expect(await verifier.keys.all == Set(enrollment.keys.map(\.id)))
        let posted = try #require(try verifier.posted().first)
        #expect(posted.headers["authorization"] == "OTDT the-code")
        #expect(posted.body.methods.signedNonce.keys.proofOfPossession.keyID == enrollment.proofOfPossession.id)
        #expect(posted.body.methods.signedNonce.keys.proofOfPossession.claimedProtection == "SOFTWARE")
        #expect(posted.body.device.clientInstanceKey.publicKey == enrollment.clientInstance.publicKey)
        #expect(posted.body.device.displayName == "desk")
        #expect(!posted.body.requestID.isEmpty)
    }

    @Test(arguments: [("none", true), ("preferred", true), ("required", false)])
    func aKeyBehindAPINIsMadeWhereAskedForOrRequired(setting: String, asked: Bool) async throws {
        let verifier = try await StubVerifier(.init(configuration: { $0.settings.userVerification = setting }))
        let enrollment = try await verifier.enroll(userVerification: asked)
        let key = try #require(enrollment.userVerification)
        #expect(try verifier.posted().first?.body.methods.signedNonce.keys.userVerification?.keyID == key.id)
        #expect(await verifier.keys.all.count == 3)
    }

    @Test(arguments: [
        (401, ErrorCode.invalidToken, "one-time code"), (429, .rateLimited, "too many tries"),
        (423, .userSuspended, "account is suspended"), (410, .userDeleted, "account was deleted"),
        (400, .userVerificationKeyRequired, "asks for a PIN"), (403, .deviceSuspended, "device is suspended"),
        (400, .clockSkew, "clock"), (400, .validation, "Because of it."),
        (418, ErrorCode(rawValue: "E9999999"), "E9999999"),
    ])
    func aRefusalIsToldInPlainWordsAndLeavesNothing(status: Int, code: ErrorCode, words: String) async throws {
        let verifier = try await StubVerifier(.init(enrollment: { _ in .some(StubVerifier.refused(status, code)) }))
        let error = await failure { try await verifier.enroll(userVerification: true) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.hint != nil)
        #expect(await verifier.keys.all.isEmpty)
        #expect(try await verifier.store.all().isEmpty)
        #expect(try await verifier.store.pending().isEmpty)
        // What no agent can take out of hardware is said.
        #expect(
            verifier.remainders.sorted() == ["a slot keeps proofOfPossession", "a slot keeps userVerification"])
    }

    @Test func whatStaysInHardwareIsSaidAlsoWhereTheVerifierWasNotAsked() async throws {
        let verifier = try await StubVerifier()
        let flow = EnrollmentFlow(verifier.parts(store: FullStore(store: verifier.store)))
        await #expect(throws: EnrollmentError.self) { try await flow.enroll(try verifier.wish()) }
        #expect(try verifier.posted().isEmpty && verifier.remainders == ["a slot keeps proofOfPossession"])
    }

    @Test func ofKeysThatAreEnrolledNothingIsSaidToStay() async throws {
        let verifier = try await StubVerifier()
        _ = try await verifier.enroll(userVerification: true)
        #expect(verifier.remainders.isEmpty)
    }

    @Test(arguments: ["issuer", "endpoint", "key", "noKeys", "manyKeys", "unnamedKey"])
    func aConfigurationThatIsNotTheVerifiersIsRefused(_ what: String) async throws {
        let verifier = try await StubVerifier(
            .init(configuration: { configuration in
                let keys = configuration.pinnedKeySet.keys
                switch what {
                case "issuer": configuration.issuer = "https://id.example.com"
                case "endpoint": configuration.enrollEndpoint = "https://id.example.com/enroll"
                case "key": configuration.key = "okta_verify"
                case "noKeys": configuration.pinnedKeySet.keys = []
                case "manyKeys": configuration.pinnedKeySet.keys = Array(repeating: keys[0], count: 9)
                default: configuration.pinnedKeySet.keys[0].keyID = nil
                }
            }))
        #expect(await failure { try await verifier.enroll() }?.code == .notAVerifier)
        #expect(try verifier.posted().isEmpty)
        #expect(await verifier.keys.all.isEmpty)
    }

    @Test(arguments: [EnrollmentWish.Proof.code("the-code"), .browser])
    func whereNoKeyCanBeMadeNobodySignsIn(_ proof: EnrollmentWish.Proof) async throws {
        let verifier = try await StubVerifier()
        await verifier.keys.close(because: "there is no TPM")
        let error = await failure { try await verifier.enroll(proof) }
        #expect(error?.code == .keys)
        #expect(error?.message.contains("there is no TPM") == true && error?.hint != nil)
        #expect(verifier.progress.withLock { $0 }.isEmpty)
        #expect(verifier.server.requests.count == 1)
    }

    @Test func aKindOfKeyThatThisAgentHasNotIsSaidFirst() async throws {
        let verifier = try await StubVerifier()
        var wish = try verifier.wish(.browser)
        wish.keys.possession = .tpm
        let error = await failure { try await EnrollmentFlow(verifier.parts()).enroll(wish) }
        #expect(error?.code == .keys && error?.message.contains("tpm") == true)
        #expect(verifier.progress.withLock { $0 }.isEmpty)
    }

    @Test func aStoreThatIsNotWantedIsNotAsked() async throws {
        let verifier = try await StubVerifier()
        var parts = verifier.parts()
        parts.keys = KeyStores([verifier.keys, MissingHardware()])
        _ = try await EnrollmentFlow(parts).enroll(try verifier.wish())
    }

    /// Hardware that is not there.
    private struct MissingHardware: KeyStore {
        var kind: KeyKind { .tpm }
        func availability() async -> KeyStoreAvailability { .unavailable(reason: "there is none") }
        func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
            throw DeviceKeyError(.deviceRemoved, "there is none")
        }
        func open(_ key: StoredKey) async throws -> any SigningKey { throw DeviceKeyError(.keyNotFound, "gone") }
        func delete(_ key: StoredKey) async throws {}
        func deleteAll(except kept: [StoredKey]) async throws {}
    }

    @Test func anotherServerIsNoVerifier() async throws {
        let server = try StubHTTPServer { _ in .init(200, body: "<html>hello</html>") }
        let verifier = try await StubVerifier()
        var wish = try verifier.wish()
        wish.address = try IssuerAddress(typed: server.origin)
        #expect(await failure { try await EnrollmentFlow(verifier.parts()).enroll(wish) }?.code == .notAVerifier)
    }

    @Test func aVerifierThatIsNotThereIsUnreachable() async throws {
        let verifier = try await StubVerifier()
        var wish = try verifier.wish()
        wish.address = try IssuerAddress(typed: "http://127.0.0.1:9")
        #expect(await failure { try await EnrollmentFlow(verifier.parts()).enroll(wish) }?.code == .unreachable)
    }

    @Test func aLostAnswerIsAskedForAgainByTheSameName() async throws {
        let verifier = try await StubVerifier(.init(enrollment: { $0 == 0 ? .some(nil) : nil }))
        _ = try await verifier.enroll()
        let posted = try verifier.posted()
        #expect(posted.count >= 2)
        #expect(Set(posted.map(\.body.requestID)).count == 1)
        #expect(await verifier.keys.all.count == 2)
    }

    @Test func enrollingAgainReplacesTheOlderEnrolment() async throws {
        let verifier = try await StubVerifier()
        let first = try await verifier.enroll()
        let second = try await verifier.enroll(.code("another-code"))
        #expect(try await verifier.store.all() == [second])
        #expect(await verifier.keys.all == Set(second.keys.map(\.id)))
        let deletion = try #require(verifier.server.requests.first { $0.method == "DELETE" })
        #expect(deletion.path == "/idp/myaccount/app-authenticators/\(first.id)")
        #expect(verifier.progress.withLock { $0 }.contains(.replaced(first.id, everywhere: true)))
    }

    @Test func theOlderEnrolmentIsReplacedThoughTheClockWasAhead() async throws {
        let verifier = try await StubVerifier()
        var parts = verifier.parts()
        parts.clock = AgentClock { AgentClock.system.now() + 86_400 }
        _ = try await EnrollmentFlow(parts).enroll(try verifier.wish())
        let second = try await verifier.enroll(.code("another-code"))
        #expect(try await verifier.store.all() == [second])
    }

    @Test func theCodeOfAnEnrolmentIsNotTriedAgain() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enroll(.code("7K2M-9QXT"))
        #expect(try await verifier.enroll(.code("7k2m9qxt")) == enrollment)
        #expect(verifier.progress.withLock { $0 }.contains(.enrolledBefore(enrollment)))
        #expect(try verifier.posted().count == 1)
        let key = enrollment.proofOfPossession
        #expect(try await verifier.enroll(.code("another-code")).proofOfPossession != key)
        #expect(try verifier.posted().count == 2)
    }

    @Test func anotherPersonsEnrolmentStays() async throws {
        let verifier = try await StubVerifier(
            .init(enrollment: {
                $0 == 1 ? .some(.init(201, body: StubVerifier.accepted(id: "pfd1", user: "00u2"))) : nil
            }))
        _ = try await verifier.enroll()
        _ = try await verifier.enroll(.code("another-code"))
        #expect(try await verifier.store.all().count == 2)
        #expect(await verifier.keys.all.count == 4)
    }

    @Test func onAFullDiskTheVerifierIsNotAskedAtAll() async throws {
        let verifier = try await StubVerifier()
        let flow = EnrollmentFlow(verifier.parts(store: FullStore(store: verifier.store)))
        #expect(await failure { try await flow.enroll(try verifier.wish()) }?.code == .state)
        #expect(await verifier.keys.all.isEmpty)
        #expect(try verifier.posted().isEmpty)
    }

    @Test func aPersonWhoGivesNoPINLeavesNothing() async throws {
        let verifier = try await StubVerifier()
        var parts = verifier.parts()
        parts.presence = { _, _ in ScriptedPresence() }
        let flow = EnrollmentFlow(parts)
        let wish = try verifier.wish(userVerification: true)
        #expect(await failure { try await flow.enroll(wish) }?.code == .cancelled)
        #expect(await verifier.keys.all.isEmpty)
        #expect(try verifier.posted().isEmpty)
    }

    @Test(arguments: ["", "a b", "a\r\nX: y", "ü", String(repeating: "a", count: 257)])
    func aTextThatIsNoCodeIsNotSent(code: String) async throws {
        let verifier = try await StubVerifier()
        #expect(await failure { try await verifier.enroll(.code(code)) }?.code == .refused)
        #expect(try verifier.posted().isEmpty)
    }

    // MARK: - Orphans

    @Test func orphansAreRemovedBeforeAnEnrolment() async throws {
        let verifier = try await StubVerifier()
        _ = try await verifier.keys.generate(.proofOfPossession, presence: ScriptedPresence())
        let enrollment = try await verifier.enroll()
        #expect(await verifier.keys.all == Set(enrollment.keys.map(\.id)))
    }

    @Test func nobodyEnrolsOrRemovesOrphansWhileAnotherEnrols() async throws {
        let verifier = try await StubVerifier()
        let lock = try #require(try StateLock(path: verifier.lockPath))
        let orphan = try await verifier.keys.generate(.proofOfPossession, presence: ScriptedPresence())
        let allowed = Mutex<[Origin]>([])
        var parts = verifier.parts()
        parts.allow = { address in allowed.withLock { $0.append(address.origin) } }
        let flow = EnrollmentFlow(parts)
        #expect(await failure { try await flow.enroll(try verifier.wish()) }?.code == .busy)
        #expect(allowed.withLock { $0 }.isEmpty)
        #expect(try await verifier.recovery.leftovers(lockPath: verifier.lockPath).isEmpty)
        #expect(await verifier.keys.all == [orphan.id])
        withExtendedLifetime(lock) {}
    }

    @Test func theAgentMayReachAVerifierBeforeItIsAskedAndWhileNobodyElseEnrols() async throws {
        let verifier = try await StubVerifier()
        let allowed = Mutex<[Origin]>([])
        var parts = verifier.parts()
        parts.allow = { address throws(EnrollmentError) in
            allowed.withLock { $0.append(address.origin) }
            guard verifier.server.requests.isEmpty, try StateLock(path: verifier.lockPath) == nil else {
                throw EnrollmentError(.failed, "asked before, or not locked")
            }
        }
        _ = try await EnrollmentFlow(parts).enroll(try verifier.wish())
        #expect(allowed.withLock { $0.map(\.description) } == [verifier.server.origin])
    }

    @Test func whereTheAgentCannotBeLetReachItNobodyIsAsked() async throws {
        let verifier = try await StubVerifier()
        var parts = verifier.parts()
        parts.allow = { _ throws(EnrollmentError) in throw EnrollmentError(.state, "the disk is full") }
        let flow = EnrollmentFlow(parts)
        #expect(await failure { try await flow.enroll(try verifier.wish()) }?.message == "the disk is full")
        #expect(verifier.server.requests.isEmpty)
    }

    @Test func theDaemonRemovesOrphansWhenNobodyEnrols() async throws {
        let verifier = try await StubVerifier()
        let enrollment = try await verifier.enroll()
        _ = try await verifier.keys.generate(.proofOfPossession, presence: ScriptedPresence())
        // A program that another test starts holds a copy of every lock for a moment, so the first try may find it taken.
        for _ in 0..<500 where await verifier.keys.all.count != enrollment.keys.count {
            _ = try await verifier.recovery.leftovers(lockPath: verifier.lockPath)
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await verifier.keys.all == Set(enrollment.keys.map(\.id)))
    }

    // MARK: - The clock

    @Test func aClockThatIsOffIsSaid() async throws {
        let verifier = try await StubVerifier(
            .init(
                enrollment: { _ in .some(StubVerifier.refused(401, .clockSkew)) },
                dateField: "Sun, 06 Nov 1994 08:49:37 GMT"))
        let error = await failure { try await verifier.enroll() }
        #expect(error?.message.contains("clock") == true)
        #expect(error?.hint == ClockSkew.hint)
        try await Task.sleep(for: .milliseconds(100))
        #expect(
            verifier.progress.withLock { steps in
                steps.contains { if case .clockIsOff(let skew) = $0 { skew.matters } else { false } }
            })
    }
}
