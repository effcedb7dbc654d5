// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import WireProtocol

@testable import VerifierServer

/// An agent's side of the wire, with keys in memory.
struct TestAgent: Sendable {
    let world: VerifierWorld
    let proofOfPossession: InMemorySigner
    let userVerification: InMemorySigner?
    let clientInstance: InMemorySigner
    let requestID: String
    var enrollment: EnrollmentResponse?

    init(world: VerifierWorld, verifiesUser: Bool = true) throws {
        func signer() throws -> InMemorySigner {
            InMemorySigner(keyID: try SecureRandom.identifier(), key: try PrivateKey.generate(.es256))
        }
        self.world = world
        proofOfPossession = try signer()
        userVerification = verifiesUser ? try signer() : nil
        clientInstance = try signer()
        requestID = try SecureRandom.identifier()
    }

    /// The same agent, in a world that changed.
    init(_ agent: TestAgent, in world: VerifierWorld) {
        self.world = world
        proofOfPossession = agent.proofOfPossession
        userVerification = agent.userVerification
        clientInstance = agent.clientInstance
        requestID = agent.requestID
        enrollment = agent.enrollment
    }

    var request: EnrollmentRequest {
        EnrollmentRequest(
            authenticatorID: world.services.settings.authenticatorID,
            device: DeviceBlock(
                displayName: "laptop", osVersion: "12.9", manufacturer: "Acme", model: "One",
                clientInstanceVersion: "1.0.0", clientInstanceKey: clientInstance.jwk),
            keys: .init(proofOfPossession: proofOfPossession.jwk, userVerification: userVerification?.jwk),
            requestID: requestID)
    }

    func enroll(by authority: EnrollmentAuthority) async throws -> EnrollmentResponse {
        try await world.services.enrollment.enroll(request, authority: authority, address: VerifierWorld.address)
    }

    func enrolled(by authority: EnrollmentAuthority) async throws -> TestAgent {
        var agent = self
        agent.enrollment = try await enroll(by: authority)
        return agent
    }

    /// The claims of an honest answer.
    func claims(
        to challenge: String, consent: UserConsent = .none, keyType: ResponseKeyType = .proofOfPossession,
        origin: String? = VerifierWorld.issuer, snapshot: PostureSnapshot = PostureSnapshot()
    ) async throws -> ResponseClaims {
        guard let enrollment else { throw TestFailure("not enrolled") }
        let unverified = try UnverifiedChallenge(challenge)
        let pinned = try await world.services.challengeKeys.pinnedKeySet()
        guard let key = unverified.keyID.flatMap({ pinned.key(named: $0) }) else { throw TestFailure("unknown key") }
        return ResponseClaims(
            to: try unverified.verify(with: key), enrollmentID: enrollment.id,
            methodEnrollmentID: enrollment.methods.signedNonce.id, issuedAt: world.clock.now,
            tokenID: try SecureRandom.identifier(), methods: keyType == .userVerification ? ["pin"] : [],
            keyType: keyType,
            deviceSignals: DeviceSignalsClaim(
                deviceID: enrollment.device.id, clientInstanceID: enrollment.device.clientInstanceID,
                snapshot: snapshot),
            context: ChallengeResponseContext(userConsent: consent, originHeader: origin, bindingType: .loopback))
    }

    func signer(_ keyType: ResponseKeyType) throws -> InMemorySigner {
        switch keyType {
        case .proofOfPossession: return proofOfPossession
        case .clientInstance: return clientInstance
        case .userVerification:
            guard let userVerification else { throw TestFailure("no user-verification key") }
            return userVerification
        }
    }

    /// An honest answer, or one that was changed before it was signed.
    func response(
        to challenge: String, consent: UserConsent = .none, keyType: ResponseKeyType = .proofOfPossession,
        origin: String? = VerifierWorld.issuer, snapshot: PostureSnapshot = PostureSnapshot(),
        changed change: (inout ResponseClaims) -> Void = { _ in }
    ) async throws -> String {
        var claims = try await claims(
            to: challenge, consent: consent, keyType: keyType, origin: origin, snapshot: snapshot)
        change(&claims)
        return try await signer(keyType).compactJWS(claims, type: TokenType.deviceBind)
    }

    /// Signs any header and payload.
    func sign(header: String, payload: [UInt8], with signer: InMemorySigner) async throws -> String {
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(payload)
        return input + "." + Base64URL.encode(try await signer.sign(Array(input.utf8)))
    }
}
