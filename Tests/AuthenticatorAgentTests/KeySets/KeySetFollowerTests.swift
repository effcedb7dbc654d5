// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Rotations of the verifier's challenge keys, walked through the real endpoint.
@Suite(.serialized) struct KeySetFollowerTests {
    /// A verifier that rotates its keys and announces each set.
    private final class Rotation: Sendable {
        let announcements = Mutex<[String]>([])

        func answer(_ request: StubHTTPServer.Request) -> StubHTTPServer.Answer? {
            guard request.path.hasPrefix("/.well-known/countersign-keysets?after=") else {
                return .init(200, body: "{}")
            }
            let after = Int(request.path.split(separator: "=")[1]) ?? 0
            let list = announcements.withLock { Array($0.dropFirst(after - 1)) }
            guard let body = try? JSON.encode(KeySetAnnouncements(announcements: list)) else { return nil }
            return .init(200, body: String(decoding: body, as: UTF8.self))
        }

        /// Announces the next set, signed by a key of the one before.
        func rotate(
            _ fixture: LoopbackFixture, to key: InMemorySigner, signedBy signer: InMemorySigner, sequence: Int,
            origins: [Origin]? = nil, issuer: String? = nil
        ) async throws {
            let claims = KeySetClaims(
                issuer: issuer ?? fixture.page, organizationID: LoopbackFixture.organization, sequence: sequence,
                issuedAt: 1,
                keys: [key.jwk], allowedOrigins: origins ?? [Origin(fixture.page)!])
            let announcement = try await signer.compactJWS(claims, type: TokenType.keySet)
            announcements.withLock { $0.append(announcement) }
        }
    }

    private func signer(_ name: String) throws -> InMemorySigner {
        InMemorySigner(keyID: name, key: try .generate(.es256))
    }

    @Test(arguments: [1, 2, 5]) func agentThatWasOffWalksEveryRotation(_ count: Int) async throws {
        let rotation = Rotation()
        let fixture = try await LoopbackFixture(respond: rotation.answer)
        var current = fixture.challengeKey
        for number in 1...count {
            let next = try signer("challenge-\(number + 1)")
            try await rotation.rotate(fixture, to: next, signedBy: current, sequence: number + 1)
            current = next
        }
        #expect(try await fixture.post(try await fixture.challenge(signer: current))?.status == 200)
        #expect(try await fixture.store.all().map(\.pinned.sequence) == [count + 1])
        #expect(try await fixture.post(try await fixture.challenge())?.status == 503)
    }

    @Test func chainIsFollowedToItsBrokenLinkAndNoFurther() async throws {
        let rotation = Rotation()
        let fixture = try await LoopbackFixture(respond: rotation.answer)
        let second = try signer("challenge-2")
        let third = try signer("challenge-3")
        try await rotation.rotate(fixture, to: second, signedBy: fixture.challengeKey, sequence: 2)
        try await rotation.rotate(fixture, to: third, signedBy: fixture.challengeKey, sequence: 3)
        #expect(try await fixture.post(try await fixture.challenge(signer: third))?.status == 503)
        #expect(try await fixture.store.all().map(\.pinned.sequence) == [2])
        #expect(try await fixture.post(try await fixture.challenge(signer: second))?.status == 200)
    }

    @Test(arguments: ["self-signed", "skipped", "another issuer", "another type"])
    func forgedAnnouncementIsNotFollowed(_ kind: String) async throws {
        let rotation = Rotation()
        let fixture = try await LoopbackFixture(respond: rotation.answer)
        let forged = try signer("challenge-2")
        switch kind {
        case "self-signed": try await rotation.rotate(fixture, to: forged, signedBy: forged, sequence: 2)
        case "skipped": try await rotation.rotate(fixture, to: forged, signedBy: fixture.challengeKey, sequence: 3)
        case "another issuer":
            try await rotation.rotate(
                fixture, to: forged, signedBy: fixture.challengeKey, sequence: 2, issuer: "https://evil.example.com")
        default:
            let claims = KeySetClaims(
                issuer: fixture.page, organizationID: LoopbackFixture.organization, sequence: 2, issuedAt: 1,
                keys: [forged.jwk], allowedOrigins: [])
            let announcement = try await fixture.challengeKey.compactJWS(claims, type: TokenType.deviceBind)
            rotation.announcements.withLock { $0.append(announcement) }
        }
        #expect(try await fixture.post(try await fixture.challenge(signer: forged))?.status == 503)
        #expect(try await fixture.store.all().map(\.pinned.sequence) == [1])
    }

    @Test func verifierIsAskedOnlyOnceInAMinute() async throws {
        let rotation = Rotation()
        let fixture = try await LoopbackFixture(respond: rotation.answer)
        let unknown = try signer("challenge-9")
        for _ in 0..<4 { #expect(try await fixture.post(try await fixture.challenge(signer: unknown))?.status == 503) }
        #expect(fixture.verifier.requests.filter { $0.path.contains("keysets") }.count == 1)
    }

    @Test func unknownOrganisationMakesNoTraffic() async throws {
        let fixture = try await LoopbackFixture()
        let unknown = try signer("challenge-9")
        let challenge = try await fixture.challenge({ $0.organizationID = "00oOther" }, signer: unknown)
        #expect(try await fixture.post(challenge)?.status == 503)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test func originAnnouncedSinceIsLearned() async throws {
        let rotation = Rotation()
        let fixture = try await LoopbackFixture(respond: rotation.answer)
        let portal = Origin("https://portal.example.com")!
        let next = try signer("challenge-2")
        try await rotation.rotate(
            fixture, to: next, signedBy: fixture.challengeKey, sequence: 2, origins: [Origin(fixture.page)!, portal])
        let challenge = try await fixture.challenge { $0.allowedOrigins = [portal] }
        #expect(try await fixture.post(challenge, origin: portal.description)?.status == 200)
        #expect(try await fixture.store.all()[0].pinned.allowedOrigins.contains(portal))
    }

    @Test(arguments: ["no JSON", #"{"announcements":["a.b.c"]}"#, #"{"announcements":{}}"#])
    func nonsenseOfTheVerifierChangesNothing(_ body: String) async throws {
        let fixture = try await LoopbackFixture(respond: { _ in .init(200, body: body) })
        #expect(try await fixture.post(try await fixture.challenge(signer: try signer("challenge-2")))?.status == 503)
        #expect(try await fixture.store.all().map(\.pinned.sequence) == [1])
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
    }
}
