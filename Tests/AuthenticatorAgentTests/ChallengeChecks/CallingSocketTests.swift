// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Glibc
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Whose socket it is that calls; the owners of sockets are changed for real, which needs root.
@Suite(.serialized) struct CallingSocketTests {
    private static let isRoot = geteuid() == 0

    @Test(arguments: [RawHTTPConnection.Address.v4, .v6, .v4Mapped])
    func ownSocketIsServedOnEachAddress(_ address: RawHTTPConnection.Address) async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port, to: address)
        fixture.send(try await fixture.challenge(), on: connection)
        #expect(await connection.answer()?.status == 200)
    }

    @Test(
        .enabled(if: isRoot, "needs root"), arguments: [1234, 65534] as [UInt32],
        [RawHTTPConnection.Address.v4, .v6, .v4Mapped])
    func anotherUsersSocketIsNotServed(_ uid: UInt32, _ address: RawHTTPConnection.Address) async throws {
        let fixture = try await LoopbackFixture()
        // A page sees the 503 of the request only where the browser's own question before it is answered.
        for (method, path, status) in [
            ("GET", "/probe", 503), ("OPTIONS", "/other", 503), ("OPTIONS", "/probe", 204),
            ("OPTIONS", "/challenge", 204),
        ] {
            let connection = try RawHTTPConnection(port: fixture.port, to: address, owner: uid)
            connection.request(method, path, fixture.headers())
            let answer = await connection.answer()
            #expect(answer?.status == status, "\(method) \(path)")
            #expect(answer?.headers["access-control-allow-origin"] == fixture.page)
        }
        let connection = try RawHTTPConnection(port: fixture.port, to: address, owner: uid)
        fixture.send(try await fixture.challenge(), on: connection)
        let answer = await connection.answer()
        #expect(answer?.status == 503)
        #expect(answer?.headers["access-control-allow-origin"] == fixture.page)
        #expect(fixture.verifier.requests.isEmpty)
        #expect(fixture.prompt.requests.isEmpty)
    }

    @Test(.enabled(if: isRoot, "needs root")) func rootIsNotServedByAUsersAgent() async throws {
        let fixture = try await LoopbackFixture(uid: 1234)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 503)
        let connection = try RawHTTPConnection(port: fixture.port, owner: 1234)
        fixture.send(try await fixture.challenge(), on: connection)
        #expect(await connection.answer()?.status == 200)
    }

    @Test(.enabled(if: isRoot, "needs root")) func ownershipIsCheckedAgainBeforeSigning() async throws {
        let prompt = ScriptedConsent(nil)
        let fixture = try await LoopbackFixture(prompt: prompt)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge { $0.userMediation = .required }, on: connection)
        await prompt.shown(1)
        fchown(connection.descriptor, 1234, gid_t.max)
        prompt.answer(.approved)
        #expect(await connection.answer()?.status == 503)
        #expect(fixture.verifier.requests.isEmpty && fixture.keyStore.signed.isEmpty)
    }

    @Test(.enabled(if: isRoot, "needs root")) func ownershipIsCheckedAgainAfterThePIN() async throws {
        let prompt = ScriptedConsent(nil, pins: ["123456"])
        let fixture = try await LoopbackFixture(prompt: prompt, canVerify: true)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge { $0.userVerification = .required }, on: connection)
        await prompt.shown(1)
        fchown(connection.descriptor, 1234, gid_t.max)
        prompt.answer(.approved)
        #expect(await connection.answer()?.status == 503)
        #expect(fixture.verifier.requests.isEmpty && fixture.keyStore.signed.isEmpty)
    }

    @Test(.enabled(if: isRoot, "needs root"), arguments: [false, true])
    func ownershipIsCheckedAgainAfterTheTouch(canVerify: Bool) async throws {
        let touch = ScriptedTouch()
        let fixture = try await LoopbackFixture(
            prompt: ScriptedConsent(pins: ["123456"]), canVerify: canVerify, touch: touch)
        let connection = try RawHTTPConnection(port: fixture.port)
        let challenge = try await fixture.challenge {
            $0.userMediation = .required
            $0.userVerification = canVerify ? .required : UserVerificationRequirement.none
        }
        fixture.send(challenge, on: connection)
        #expect(await touch.isAwaited(1))
        fchown(connection.descriptor, 1234, gid_t.max)
        touch.touch()
        #expect(await connection.answer()?.status == 503)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test(.enabled(if: isRoot, "needs root")) func ownershipIsCheckedAgainBeforeThePrompt() async throws {
        // The walk to the newest keys takes its time, and the socket changes hands meanwhile.
        let announcement = Mutex("")
        let fixture = try await LoopbackFixture(respond: { request in
            let isFirstPage = request.path.hasSuffix("after=1")
            let links = isFirstPage ? announcement.withLock { $0 } : ""
            return .init(200, body: #"{"announcements":[\#(links)]}"#, delayMillis: isFirstPage ? 300 : 0)
        })
        let next = InMemorySigner(keyID: "challenge-2", key: try .generate(.es256))
        let claims = KeySetClaims(
            issuer: fixture.page, organizationID: LoopbackFixture.organization, sequence: 2, issuedAt: 1,
            keys: [next.jwk], allowedOrigins: fixture.enrollment.pinned.allowedOrigins)
        let link = try await fixture.challengeKey.compactJWS(claims, type: TokenType.keySet)
        announcement.withLock { $0 = "\"\(link)\"" }
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge({ $0.userMediation = .required }, signer: next), on: connection)
        _ = await fixture.verifier.requests(count: 1)
        fchown(connection.descriptor, 1234, gid_t.max)
        #expect(await connection.answer()?.status == 503)
        #expect(fixture.prompt.requests.isEmpty)
    }

    @Test func halfClosedSocketIsNotServed() async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(), on: connection)
        connection.finishSending()
        let answer = await connection.answer()
        #expect(answer == nil || answer?.status == 503 || answer?.status == 200)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
    }
}
