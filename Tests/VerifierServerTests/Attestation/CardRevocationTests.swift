// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import KeyAttestations
import TestSupport
import Testing
import WireProtocol

@testable import VerifierServer

/// Cards whose certificates name a responder, which is `openssl ocsp`.
@Suite struct CardRevocationTests {
    private struct Setting {
        let world: VerifierWorld
        let authority: TestAuthority
        let card: TestAuthority.Certified
        let port: Int
        var others: [[UInt8]] = []

        /// Enrols the card's key; answers what is believed of its hardware.
        func enroll(_ agent: TestAgent? = nil, signer: PrivateKey? = nil) async throws -> EnrolledHardware? {
            let agent = try agent ?? TestAgent(world: world, verifiesUser: false)
            var request = agent.request
            let challenge = try await world.services.enrollment.attestationChallenge(
                AttestationRequest(requestID: request.requestID), address: VerifierWorld.address
            ).challenge
            let signature = try (signer ?? card.key).sign(PIVEnrollmentSignature.message(challenge: challenge))
            request.methods.signedNonce.keys.proofOfPossession = InMemorySigner(keyID: "card", key: card.key).jwk
            request.methods.signedNonce.attestations = .init(
                challenge: challenge,
                proofOfPossession: try AttestationStatement(
                    format: "piv-certificate", parts: ["signature": signature], certificates: [card.der] + others))
            let code = try await world.services.codes.issue(username: "alice")
            let made = try await world.services.enrollment.enroll(
                request, authority: .code(code), address: VerifierWorld.address)
            return try await world.store.read {
                try $0.record(EnrollmentRecord.self, id: made.id)?.proofOfPossession.hardware
            }
        }
    }

    private static func card(of authority: TestAuthority, port: Int, issuer: String = "ca") throws
        -> TestAuthority.Certified
    {
        try authority.certify(
            "card",
            extensions: [
                "basicConstraints = critical, CA:FALSE", "keyUsage = critical, digitalSignature",
                // What is no URL of a responder's is passed over.
                "authorityInfoAccess = OCSP;URI:ldap://127.0.0.1/x, OCSP;URI:http://127.0.0.1:\(port)/ocsp",
            ], by: issuer)
    }

    private func setting(
        _ policy: RevocationPolicy, ocsp: AttestationSettings.CardOCSP = .fetch, port: Int? = nil,
        trusting other: TestAuthority? = nil, isListed: Bool = false
    ) async throws -> Setting {
        let authority = try TestAuthority()
        var evidence = RevocationEvidence()
        if isListed {
            let list = try Data(contentsOf: URL(filePath: try authority.revocationList()))
            evidence.lists = [try CertificateRevocationList(Array(list))]
        }
        let lists = evidence
        let port = try port ?? TestAuthority.freePort()
        let anchors = try (other ?? authority).anchors()
        let world = try await VerifierWorld {
            $0.attestation = AttestationSettings(
                anchors: TrustAnchors(cards: anchors),
                policy: AttestationPolicy(cardRevocation: policy, cardRevocationEvidence: lists), cardOCSP: ocsp
            )
        }
        // The authority's certificates and the answers are of today; those that a test makes are soon made.
        world.clock.now = Int64(Date().timeIntervalSince1970) + 60
        _ = try await world.services.users.add(username: "alice")
        return Setting(
            world: world, authority: authority, card: try Self.card(of: authority, port: port), port: port)
    }

    private func refusal(_ setting: Setting) async throws -> String {
        try await #require(throws: VerifierError.self) { _ = try await setting.enroll() }.summary
    }

    @Test(arguments: [.leaf, .whereKnown, .wholeChain] as [RevocationPolicy], [nil, 5] as [Int?])
    func aCardThatTheResponderKnowsToBeGoodIsEnrolled(policy: RevocationPolicy, minutes: Int?) async throws {
        let setting = try await setting(policy)
        let responder = try setting.authority.respond(on: setting.port, minutes: minutes)
        #expect(try await setting.enroll()?.isAttested == true)
        responder.stop()
    }

    @Test func aResponderThatTheAuthorityAppointedCounts() async throws {
        let setting = try await setting(.leaf)
        _ = try setting.authority.certify(
            "responder", serial: 2, extensions: ["basicConstraints = CA:FALSE", "extendedKeyUsage = OCSPSigning"])
        let responder = try setting.authority.respond(on: setting.port, signer: "responder")
        #expect(try await setting.enroll()?.isAttested == true)
        responder.stop()
    }

    @Test(arguments: [.leaf, .whereKnown] as [RevocationPolicy])
    func aRevokedCardIsRefused(policy: RevocationPolicy) async throws {
        let setting = try await setting(policy)
        let responder = try setting.authority.respond(on: setting.port, isRevoked: true)
        #expect(try await refusal(setting).contains("was revoked"))
        responder.stop()
    }

    @Test func aResponderThatIsNotThereLeavesItUnknown() async throws {
        #expect(try await refusal(try await setting(.leaf)).contains("not known whether"))
        #expect(try await setting(.whereKnown).enroll()?.isAttested == true)
    }

    /// As the certificate of somebody else, of another card, or of the authority's that may not answer.
    @Test(arguments: ["stranger", "another", "server"])
    func anAnswerThatSomebodyElseSignedLeavesItUnknown(signer: String) async throws {
        let setting = try await setting(.leaf)
        if signer == "stranger" {
            let stranger = try TestAuthority()
            for ending in ["pem", "key"] {
                try FileManager.default.copyItem(
                    atPath: stranger.folder.file("ca.\(ending)"),
                    toPath: setting.authority.folder.file("stranger.\(ending)"))
            }
        } else {
            _ = try setting.authority.certify(
                signer, serial: 2,
                extensions: signer == "server" ? ["extendedKeyUsage = serverAuth"] : ["basicConstraints = CA:FALSE"])
        }
        let responder = try setting.authority.respond(on: setting.port, isRevoked: false, signer: signer)
        #expect(try await refusal(setting).contains("not known whether"))
        responder.stop()
    }

    @Test func anAnswerThatIsOutOfTimeLeavesItUnknown() async throws {
        let setting = try await setting(.leaf)
        let responder = try setting.authority.respond(on: setting.port)
        setting.world.clock.advance(5 * 60 + OCSPResponse.tolerance + 60)
        #expect(try await refusal(setting).contains("not known whether"))
        responder.stop()
    }

    @Test func anAnswerAboutAnotherCardLeavesItUnknown() async throws {
        let setting = try await setting(.leaf)
        let responder = try setting.authority.respond(on: setting.port, about: 0x1002)
        #expect(try await refusal(setting).contains("not known whether"))
        responder.stop()
    }

    @Test func nobodyIsAskedUnlessThatIsWanted() async throws {
        let stub = try StubHTTPServer()
        #expect(try await setting(.whereKnown, ocsp: .off, port: stub.port).enroll()?.isAttested == true)
        #expect(try await setting(.notChecked, port: stub.port).enroll()?.isAttested == true)
        #expect(stub.requests.isEmpty)
    }

    @Test func nobodyIsAskedWhatAListTells() async throws {
        let stub = try StubHTTPServer()
        #expect(try await setting(.leaf, port: stub.port, isListed: true).enroll()?.isAttested == true)
        #expect(stub.requests.isEmpty)
    }

    /// Whom the verifier connects to is not for strangers to say.
    @Test func onlyTrustedCertificatesNameAResponder() async throws {
        let stub = try StubHTTPServer()
        let foreign = try await setting(.whereKnown, port: stub.port, trusting: try TestAuthority())
        #expect(try await foreign.enroll()?.isAttested == false)
        #expect(stub.requests.isEmpty)
        let trusted = try await setting(.whereKnown, port: stub.port)
        await #expect(throws: VerifierError.self) {
            _ = try await trusted.enroll(signer: try PrivateKey.generate(.es256))
        }
        #expect(stub.requests.isEmpty)
        #expect(try await trusted.enroll()?.isAttested == true)
        let request = try #require(stub.requests.first)
        #expect(stub.requests.count == 1 && request.method == "POST" && request.path == "/ocsp")
        #expect(request.headers["content-type"] == "application/ocsp-request")
    }

    @Test func aResponderIsNotFollowedElsewhereAndSendsNoMoreThanAnAnswerHas() async throws {
        let second = try StubHTTPServer()
        let aim = second.origin
        for answer in [
            StubHTTPServer.Answer(302, headers: ["Location": aim]),
            StubHTTPServer.Answer(200, body: String(repeating: "0", count: OCSPResponse.maximumLength + 1)),
            StubHTTPServer.Answer(200, body: "no answer"), StubHTTPServer.Answer(500),
        ] {
            let first = try StubHTTPServer { _ in answer }
            #expect(try await refusal(try await setting(.leaf, port: first.port)).contains("not known whether"))
            #expect(first.requests.count == 1)
        }
        #expect(second.requests.isEmpty)
    }

    @Test func aResponderThatTakesTooLongIsNotWaitedFor() async throws {
        let stub = try StubHTTPServer { _ in StubHTTPServer.Answer(200, delayMillis: 8_000) }
        let setting = try await setting(.whereKnown, port: stub.port)
        let began = ContinuousClock.now
        #expect(try await setting.enroll()?.isAttested == true)
        #expect(began.duration(to: .now) < .seconds(7))
    }

    @Test(arguments: [(.leaf, 1), (.wholeChain, 2)] as [(RevocationPolicy, Int)])
    func asManyCertificatesAreAskedAboutAsThePolicyWants(policy: RevocationPolicy, count: Int) async throws {
        let stub = try StubHTTPServer { _ in StubHTTPServer.Answer(500) }
        let made = try await setting(policy, port: stub.port)
        let middle = try made.authority.certify(
            "middle", serial: 2,
            extensions: [
                "basicConstraints = critical, CA:TRUE", "authorityInfoAccess = OCSP;URI:\(stub.origin)/ocsp",
            ])
        let card = try Self.card(of: made.authority, port: stub.port, issuer: "middle")
        let setting = Setting(
            world: made.world, authority: made.authority, card: card, port: stub.port, others: [middle.der])
        #expect(try await refusal(setting).contains("not known whether"))
        #expect(stub.requests.count == count)
    }

    @Test func anAnswerIsRememberedUntilItsTimeIsOver() async throws {
        let setting = try await setting(.leaf)
        let responder = try setting.authority.respond(on: setting.port)
        let agent = try TestAgent(world: setting.world, verifiesUser: false)
        #expect(try await setting.enroll(agent)?.isAttested == true)
        responder.stop()
        #expect(try await setting.enroll(agent)?.isAttested == true)
        setting.world.clock.advance(5 * 60 + 30)
        #expect(try await refusal(setting).contains("not known whether"))
    }

    @Test func anAnswerWithoutATimeIsNotRemembered() async throws {
        let setting = try await setting(.leaf)
        let responder = try setting.authority.respond(on: setting.port, minutes: nil)
        #expect(try await setting.enroll()?.isAttested == true)
        responder.stop()
        #expect(try await refusal(setting).contains("not known whether"))
    }
}
