// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import FingerprintReaders
import Synchronization
import Testing
import WireProtocol

@testable import AuthenticatorAgent

@Suite struct FingerprintEnrollmentTests {
    private static let taking = StubVerifier.Script(configuration: { $0.settings.fingerprintReaders = true })

    /// Enrols with a reader that answers so.
    private func enroll(
        at verifier: StubVerifier, kind: KeyKind = .software, reader: @escaping @Sendable () throws -> Void = {}
    ) async throws -> Enrollment {
        var wish = try verifier.wish()
        wish = EnrollmentWish(
            address: wish.address, proof: wish.proof, userVerification: false, verification: .fingerprint,
            keys: KeyChoice(verification: kind), device: wish.device)
        var parts = verifier.parts()
        parts.checkFinger = { try reader() }
        return try await EnrollmentFlow(parts).enroll(wish)
    }

    private func refusal(
        of verifier: StubVerifier, kind: KeyKind = .software, reader: @escaping @Sendable () throws -> Void = {}
    ) async throws -> EnrollmentError? {
        let error = await #expect(throws: EnrollmentError.self) {
            _ = try await enroll(at: verifier, kind: kind, reader: reader)
        }
        #expect(try verifier.posted().isEmpty)
        #expect(await verifier.keys.all.isEmpty)
        return error
    }

    @Test func aKeyBehindTheFingerIsMadeWithoutBeingAskedForOtherwise() async throws {
        let verifier = try await StubVerifier(Self.taking)
        let asked = Mutex(0)
        let enrollment = try await enroll(at: verifier) { asked.withLock { $0 += 1 } }
        #expect(enrollment.userVerification != nil)
        #expect(asked.withLock { $0 } == 1)
        #expect(verifier.progress.withLock { $0 }.contains(.makingKeys(verification: .fingerprint)))
    }

    @Test(arguments: [nil, false])
    func anOrganisationThatDoesNotTakeThemIsNotAsked(said: Bool?) async throws {
        let verifier = try await StubVerifier(.init(configuration: { $0.settings.fingerprintReaders = said }))
        let error = try await refusal(of: verifier)
        #expect(error?.code == .refused)
        #expect(error?.message.contains("does not take this machine's fingerprint reader") == true)
        #expect(error?.hint?.contains("--user-verification") == true)
    }

    @Test func aReaderThatCannotBeUsedEndsItBeforeTheSignIn() async throws {
        let verifier = try await StubVerifier(Self.taking)
        let error = try await refusal(of: verifier) {
            throw FingerprintReaderError(.noFingerEnrolled, "no finger of yours")
        }
        #expect(error?.code == .keys)
        #expect(error?.message == "no finger of yours")
    }

    @Test(arguments: [KeyKind.fido2, .piv])
    func hardwareThatVerifiesByItselfIsNotPutBehindTheReader(kind: KeyKind) async throws {
        let error = try await refusal(of: try await StubVerifier(Self.taking), kind: kind)
        #expect(error?.code == .keys)
    }

    // MARK: - A spare

    /// Adds a key behind the finger to an enrolment that has one behind a PIN.
    private func add(
        to verifier: StubVerifier, _ purpose: KeyPurpose = .userVerification, kind: KeyKind = .software,
        reader: @escaping @Sendable () throws -> Void = {}
    ) async throws -> StoredKey {
        var parts = verifier.parts()
        parts.checkFinger = { try reader() }
        return try await AddKeyFlow(parts).add(
            AddKeyWish(
                enrollment: try #require(try await verifier.store.all().first), proof: .code("a-second-code"),
                purpose: purpose, kind: kind, verification: .fingerprint))
    }

    @Test func aSpareMayBeBehindTheFinger() async throws {
        let verifier = try await StubVerifier(Self.taking)
        let before = try await verifier.enroll(userVerification: true)
        #expect(await verifier.keys.requests.allSatisfy { !$0.isBehindFinger })
        let asked = Mutex(0)
        let key = try await add(to: verifier) { asked.withLock { $0 += 1 } }
        #expect(asked.withLock { $0 } == 1)
        #expect(await verifier.keys.requests.last?.isBehindFinger == true)
        let after = try #require(try await verifier.store.all().first)
        #expect(after.signingKeys(for: .userVerification) == before.signingKeys(for: .userVerification) + [key])
    }

    @Test func aSpareForSilentSignInsHasNoFinger() async throws {
        let verifier = try await StubVerifier(Self.taking)
        _ = try await verifier.enroll()
        _ = try await add(to: verifier, .proofOfPossession) { throw FingerprintReaderError(.noReader, "none") }
        #expect(await verifier.keys.requests.last?.isBehindFinger == false)
    }

    @Test(arguments: [StubVerifier.Script(), taking])
    func aSpareThatWouldNotCountIsNotMade(script: StubVerifier.Script) async throws {
        let verifier = try await StubVerifier(script)
        let before = try await verifier.enroll(userVerification: true)
        await #expect(throws: EnrollmentError.self) {
            _ = try await add(to: verifier) { throw FingerprintReaderError(.noFingerEnrolled, "no finger of yours") }
        }
        #expect(try await verifier.store.all() == [before])
        #expect(await verifier.keys.all == Set(before.keys.map(\.id)))
    }
}
