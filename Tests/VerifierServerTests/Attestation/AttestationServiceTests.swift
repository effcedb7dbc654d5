// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import KeyAttestations
import Testing
import WebAuthn
import WireProtocol

@testable import VerifierServer

/// Enrolments with statements that are made here, as hardware makes them.
@Suite struct AttestationServiceTests {
    private static let model = AAGUID("f8a011f3-8c0a-4d15-8006-17111f9edc7d") ?? .zero
    private static let subject = "/C=SE/O=Test Keys/OU=Authenticator Attestation/CN=Test Key Series 1"

    private func world(_ attestation: AttestationSettings) async throws -> (VerifierWorld, TestAgent) {
        let world = try await VerifierWorld { $0.attestation = attestation }
        _ = try await world.services.users.add(username: "alice")
        // Certificates of the test are of the day on which it runs.
        world.clock.now = Int64(Date().timeIntervalSince1970)
        return (world, try TestAgent(world: world))
    }

    /// A packed statement about a promptless key (WebAuthn §8.2), signed by the maker's key or, without one, by itself.
    private func packed(
        _ agent: TestAgent, challenge: [UInt8], key: PrivateKey, by maker: TestAuthority.Certified?
    ) throws -> AttestationStatement {
        let client = try CollectedClientData(.enroll, challenge: challenge, origin: VerifierWorld.issuer).encoded()
        let credential = COSEKey(key.publicKey).value.encoded()
        let data =
            SHA256.hash(Array("id.example.com.countersign.invalid".utf8)) + [0x45, 0, 0, 0, 1] + Self.model.bytes
            + [0, 4, 1, 2, 3, 4] + credential
        let signature = try ECDSASignature.der(
            fromRaw: try (maker?.key ?? key).sign(data + SHA256.hash(client)), coordinateSize: 32)
        var statement: [CBOR.Pair] = [
            .init(.text("alg"), .integer(-7)), .init(.text("sig"), .bytes(signature)),
        ]
        if let maker { statement.append(.init(.text("x5c"), .array([.bytes(maker.der)]))) }
        let object = AttestationObject.encoded(format: "packed", statement: .map(statement), authenticatorData: data)
        return try AttestationStatement(
            format: "fido2", parts: ["attestationObject": object, "clientDataJSON": client])
    }

    /// Enrols with a statement about the promptless key; answers what is believed of its hardware.
    private func enroll(
        _ agent: TestAgent, by maker: TestAuthority.Certified?, requestID: String? = nil, later: Int64 = 0,
        changed change: (inout EnrollmentRequest) -> Void = { _ in }
    ) async throws -> EnrolledHardware? {
        let world = agent.world
        var request = agent.request
        let key = try PrivateKey.generate(.es256)
        request.methods.signedNonce.keys.proofOfPossession = InMemorySigner(keyID: "key", key: key).jwk
        let challenge = try await world.services.enrollment.attestationChallenge(
            AttestationRequest(requestID: requestID ?? request.requestID), address: VerifierWorld.address
        ).challenge
        request.methods.signedNonce.attestations = .init(
            challenge: challenge,
            proofOfPossession: try packed(agent, challenge: challenge, key: key, by: maker))
        change(&request)
        world.clock.advance(later)
        let code = try await world.services.codes.issue(username: "alice")
        let made = try await world.services.enrollment.enroll(
            request, authority: .code(code), address: VerifierWorld.address)
        return try await world.store.read {
            try $0.record(EnrollmentRecord.self, id: made.id)?.proofOfPossession.hardware
        }
    }

    private static func maker() throws -> (TestAuthority, TestAuthority.Certified) {
        let authority = try TestAuthority()
        return (
            authority,
            try authority.certify("maker", subject: subject, extensions: ["basicConstraints = CA:FALSE"])
        )
    }

    @Test func aKeyWhoseMakerIsTrustedIsHardware() async throws {
        let (authority, maker) = try Self.maker()
        let (_, agent) = try await world(
            AttestationSettings(
                anchors: TrustAnchors(securityKeys: try authority.anchors()),
                policy: AttestationPolicy(allowedAAGUIDs: [Self.model]), requiresAttestation: true))
        let hardware = try #require(try await enroll(agent, by: maker))
        #expect(hardware.kind == .fido2 && hardware.isAttested && hardware.signCount == 1)
    }

    @Test func aKeyThatNobodyVouchesForIsEnrolledAsUnproven() async throws {
        let (_, maker) = try Self.maker()
        for anchors in [TrustedCertificates.none, try TestAuthority().anchors()] {
            let (_, agent) = try await world(AttestationSettings(anchors: TrustAnchors(securityKeys: anchors)))
            #expect(try await enroll(agent, by: maker)?.isAttested == false)
        }
    }

    /// Anybody can make a certificate that names an allowed model.
    @Test func underAnAllowListAModelThatIsNotProvenIsRefused() async throws {
        let (_, maker) = try Self.maker()
        for anchors in [TrustedCertificates.none, try TestAuthority().anchors()] {
            let (_, agent) = try await world(
                AttestationSettings(
                    anchors: TrustAnchors(securityKeys: anchors),
                    policy: AttestationPolicy(allowedAAGUIDs: [Self.model])))
            for signer in [maker, nil] {
                let error = try await #require(throws: VerifierError.self) { try await enroll(agent, by: signer) }
                #expect(error.summary.contains("does not allow this model"))
            }
        }
    }

    /// Such a key counts as one in a file, whose signature is never an assertion: a security key cannot be one.
    @Test func underAnAllowListAKeyWithoutAStatementIsNoSecurityKey() async throws {
        let (_, agent) = try await world(
            AttestationSettings(policy: AttestationPolicy(allowedAAGUIDs: [Self.model])))
        let hardware = try await enroll(agent, by: nil) { $0.methods.signedNonce.attestations = nil }
        #expect(hardware == nil)
    }

    @Test func whereAttestationIsRequiredAnUnprovenKeyIsRefused() async throws {
        let (_, maker) = try Self.maker()
        let (_, agent) = try await world(AttestationSettings(requiresAttestation: true))
        let error = try await #require(throws: VerifierError.self) { try await enroll(agent, by: maker) }
        #expect(error.summary.contains("attested hardware"))
    }

    @Test func aStatementForAnotherRequestOrOfLongAgoIsRefused() async throws {
        let (_, maker) = try Self.maker()
        let (_, agent) = try await world(AttestationSettings())
        for (requestID, later) in [("another-request-of-the-agent", 0), (nil, 601)] as [(String?, Int64)] {
            let error = try await #require(throws: VerifierError.self) {
                try await enroll(agent, by: maker, requestID: requestID, later: later)
            }
            #expect(error.summary.contains("not this request's, or too old"))
        }
        #expect(try await enroll(agent, by: maker, later: 600) != nil)
    }

    @Test func aStatementOverAChallengeOfOnesOwnIsRefused() async throws {
        let (_, agent) = try await world(AttestationSettings())
        let error = try await #require(throws: VerifierError.self) {
            try await enroll(agent, by: nil) {
                $0.methods.signedNonce.attestations?.challenge = [UInt8](repeating: 7, count: 32)
            }
        }
        #expect(error.summary.contains("not this request's"))
    }

    @Test func aStatementOfAnUnknownFormIsRefused() async throws {
        let (_, agent) = try await world(AttestationSettings())
        let other = try AttestationStatement(format: "magic", parts: [:])
        let error = try await #require(throws: VerifierError.self) {
            try await enroll(agent, by: nil) { $0.methods.signedNonce.attestations?.proofOfPossession = other }
        }
        #expect(error.summary.contains("unknown format magic"))
    }
}
