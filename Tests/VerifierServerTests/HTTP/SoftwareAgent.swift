// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import HTTPTypes
import NIOCore
import Testing
import VerifierServer
import WireProtocol

/// A device that enrols and answers with keys in memory.
struct SoftwareAgent: Sendable {
    let request: EnrollmentRequest
    let enrollment: EnrollmentResponse
    let configuration: AuthenticatorConfiguration
    let possession: InMemorySigner
    let instance: InMemorySigner

    /// Enrols with a one-time code, or another authorization.
    static func enroll(
        code: String, authorization: String? = nil, at client: RoutesClient
    ) async throws -> SoftwareAgent {
        let configurations = try JSON.decode(
            [AuthenticatorConfiguration].self,
            from: Array(
                try await client.execute(uri: "/.well-known/app-authenticator-configuration", method: .get).body
                    .readableBytesView))
        let configuration = try #require(configurations.first)
        let possession = InMemorySigner(keyID: "pop", key: try .generate(.es256))
        let instance = InMemorySigner(keyID: "cik", key: try .generate(.es256))
        let body = EnrollmentRequest(
            authenticatorID: configuration.authenticatorID,
            device: DeviceBlock(
                displayName: "laptop", osVersion: "12", manufacturer: nil, model: nil, clientInstanceVersion: "1",
                clientInstanceKey: instance.jwk),
            keys: .init(proofOfPossession: possession.jwk, userVerification: nil),
            requestID: try SecureRandom.identifier())
        let response = try await client.execute(
            uri: "/idp/myaccount/app-authenticators", method: .post,
            headers: [.authorization: authorization ?? "OTDT \(code)", .contentType: "application/json"],
            body: ByteBuffer(bytes: try JSON.encode(body)))
        try #require(response.status == .ok || response.status == .created, "\(response.text)")
        return SoftwareAgent(
            request: body,
            enrollment: try JSON.decode(EnrollmentResponse.self, from: Array(response.body.readableBytesView)),
            configuration: configuration, possession: possession, instance: instance)
    }

    /// Answers a challenge to its verification URI.
    func answer(
        _ compact: String, at client: RoutesClient, headers: HTTPFields = [.contentType: "application/json"],
        method: String = "signed_nonce", authenticator: String? = nil
    ) async throws -> RoutesResponse {
        let unverified = try UnverifiedChallenge(compact)
        let keyID = try #require(unverified.keyID)
        let key = try #require(configuration.pinnedKeySet.key(named: keyID))
        let challenge = try unverified.verify(with: key)
        var snapshot = PostureSnapshot()
        snapshot[.platform] = nil
        let claims = ResponseClaims(
            to: challenge, enrollmentID: enrollment.id, methodEnrollmentID: enrollment.methods.signedNonce.id,
            issuedAt: challenge.claims.issuedAt, tokenID: try SecureRandom.identifier(), methods: [],
            keyType: .proofOfPossession,
            deviceSignals: DeviceSignalsClaim(
                deviceID: enrollment.device.id, clientInstanceID: enrollment.device.clientInstanceID, snapshot: snapshot
            ),
            context: ChallengeResponseContext(
                userConsent: challenge.claims.userMediation == .required ? .approvedConsentPrompt : .none,
                originHeader: configuration.issuer, bindingType: .loopback))
        let response = try await possession.compactJWS(claims, type: TokenType.deviceBind)
        let path = challenge.claims.verificationURI.dropFirst(configuration.issuer.count)
            .replacing(configuration.authenticatorID, with: authenticator ?? configuration.authenticatorID)
        var envelope = ResponseEnvelope(challengeResponse: response)
        envelope.method = method
        return try await client.execute(
            uri: String(path), method: .post, headers: headers, body: ByteBuffer(bytes: try JSON.encode(envelope)))
    }
}
