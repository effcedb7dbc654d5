// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import DeviceSignals
internal import Logging
internal import WireProtocol

extension ChallengeResponder {
    /// Answers a challenge that is taken up, from the question to the person to the verifier's word.
    ///
    /// - Returns: what the page is told, or `nil` where the page is gone and nothing was signed.
    func conduct(_ exchange: Exchange) async -> LoopbackAnswer? {
        guard await isStillServed(exchange) else { return nil }
        let accepted = exchange.accepted
        let origin = accepted.origin.description
        switch await decide(exchange) {
        case .withdrawn: return nil
        case .superseded:
            // The page learns the newer challenge by polling. An error would make a widget that still waits for this one cancel
            // the whole sign-in.
            return .success
        case .refusal(let consent):
            return await refuse(accepted.challenge, of: accepted.enrollment, originHeader: origin, saying: consent)
        case .possession(let consent, let presence, let tellsSignals):
            let snapshot = tellsSignals ? await collect(for: accepted.claims) : PostureSnapshot()
            guard await isStillServed(exchange) else { return nil }
            let draft = ResponseDraft(
                challenge: accepted.challenge, enrollment: accepted.enrollment, originHeader: origin, consent: consent,
                keyType: .proofOfPossession, methods: [], snapshot: snapshot)
            return await send(draft, signedWith: accepted.enrollment.proofOfPossession, presence: presence)
        case .verified(let key, let stored, let presence):
            let snapshot = await collect(for: accepted.claims)
            guard await isStillServed(exchange) else { return nil }
            let draft = ResponseDraft(
                challenge: accepted.challenge, enrollment: accepted.enrollment, originHeader: origin,
                consent: .approvedUserVerification, keyType: .userVerification, methods: [key.verification.rawValue],
                snapshot: snapshot)
            return await send(draft, signedBy: DeviceKeySigner(stored: stored, key: key, presence: presence))
        }
    }

    /// Tells the verifier that a challenge is not answered, and why; signed by the key that is worth nothing else.
    func refuse(
        _ challenge: VerifiedChallenge, of enrollment: Enrollment, originHeader: String, saying consent: UserConsent
    ) async -> LoopbackAnswer {
        let draft = ResponseDraft(
            challenge: challenge, enrollment: enrollment, originHeader: originHeader, consent: consent,
            keyType: .clientInstance, methods: [], snapshot: PostureSnapshot())
        return await send(draft, signedWith: enrollment.clientInstance)
    }

    /// Whether a socket that brought the challenge is there and the user's own; waits for the page to come back for as long
    /// as a prompt would stay.
    private func isStillServed(_ exchange: Exchange) async -> Bool {
        if exchange.isServed { return true }
        let limit = (exchange.orphanedSince ?? .now) + settings.grace
        while ContinuousClock.now < limit {
            try? await Task.sleep(for: .milliseconds(20))
            if exchange.isServed { return true }
        }
        return false
    }

    private func collect(for claims: ChallengeClaims) async -> PostureSnapshot {
        var seen: Set<SignalName> = []
        let names = claims.signals.prefix(DeviceSignalsClaim.maximumSignals).filter { seen.insert($0).inserted }
        return names.isEmpty ? PostureSnapshot() : await parts.signals.snapshot(of: names)
    }

    /// Signs with a promptless key; one that fails is opened anew for the next challenge.
    ///
    /// - Parameter presence: told while the key waits for a touch; `nil` where it is to sign silently.
    private func send(
        _ draft: ResponseDraft, signedWith stored: StoredKey, presence: (any UserPresence)? = nil
    ) async -> LoopbackAnswer {
        do {
            let key = try await parts.keys.key(stored).unlock(
                for: presence == nil ? .possession : .presence, presence: presence ?? NobodyPresent())
            let signer = DeviceKeySigner(stored: stored, key: key, presence: presence ?? NobodyPresent())
            return await send(draft, signedBy: signer) {
                await self.parts.keys.close(stored)
            }
        } catch {
            return keyFailure(error)
        }
    }

    private func send(
        _ draft: ResponseDraft, signedBy signer: DeviceKeySigner, onFailure close: () async -> Void = {}
    ) async -> LoopbackAnswer {
        let parts = parts
        let response: String
        do {
            response = try await withTaskExecutorPreference(parts.executor) {
                try await signer.compactJWS(
                    try draft.claims(issuedAt: parts.clock.now()), type: TokenType.deviceBind)
            }
        } catch {
            await close()
            return keyFailure(error)
        }
        do {
            return try await withTaskExecutorPreference(parts.executor) {
                try await parts.delivery.deliver(response, to: draft.challenge.claims.verificationURI)
            }
        } catch {
            return .refused("response_not_sent", "the response could not be written down")
        }
    }

    private func keyFailure(_ error: any Error) -> LoopbackAnswer {
        parts.logger.error("a key of the enrolment could not sign: \(error)")
        return .refused("key_unavailable", "this device's key cannot be used; enrol this device again")
    }
}

/// All that a response says but for the time and its own name.
struct ResponseDraft: Sendable {
    let challenge: VerifiedChallenge
    let enrollment: Enrollment
    let originHeader: String
    let consent: UserConsent
    let keyType: ResponseKeyType
    let methods: [String]
    let snapshot: PostureSnapshot

    /// The claims at a time.
    func claims(issuedAt: Int64) throws -> ResponseClaims {
        ResponseClaims(
            to: challenge, enrollmentID: enrollment.id, methodEnrollmentID: enrollment.methodID, issuedAt: issuedAt,
            tokenID: try SecureRandom.identifier(), methods: methods, keyType: keyType,
            deviceSignals: DeviceSignalsClaim(
                deviceID: enrollment.deviceID, clientInstanceID: enrollment.clientInstanceID, snapshot: snapshot),
            context: ChallengeResponseContext(userConsent: consent, originHeader: originHeader, bindingType: .loopback))
    }
}
