// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import DeviceSignals
internal import Logging
internal import WireProtocol

/// What came of a challenge on this device, before the verifier hears of it.
enum Outcome {
    /// A response, ready to be sent.
    case signed(String)
    /// The client instance key signs a refusal.
    case refusal(UserConsent)
    /// The key could not be used.
    case keyFailure(any Error)
    /// No page is there that could be told, or the person was not to be asked any more.
    case abandoned
}

extension ChallengeResponder {
    /// Answers a challenge that is taken up, from the question to the person to the verifier's word.
    ///
    /// A prompt lasts until the response is signed: what waits for a touch is taken away with it, and other pages wait for it.
    /// - Returns: what the page is told, or `nil` where the page is gone and nothing was sent.
    func conduct(_ exchange: Exchange) async -> LoopbackAnswer? {
        guard await isStillServed(exchange) else { return nil }
        let accepted = exchange.accepted
        let deadline = deadline(of: exchange)
        let decision = await decide(exchange)
        let outcome = await outcome(of: decision, exchange)
        deadline?.cancel()
        promptEnded(exchange)
        // A card that cannot be told to stop signs all the same, later, and for nobody.
        switch exchange.end {
        case .withdrawn: return nil
        case .superseded:
            // The page learns the newer challenge by polling. An error would make a widget that still waits for this one cancel
            // the whole sign-in.
            return .success
        case .timedOut: return await refuse(accepted, saying: .timedOut)
        case nil: break
        }
        switch outcome {
        case .signed(let response):
            let answer = await deliver(response, for: accepted.claims)
            if answer.error?.error == ErrorCode.invalidToken.rawValue { parts.keyWasRefused(accepted.enrollment.id) }
            return answer
        case .refusal(let consent): return await refuse(accepted, saying: consent)
        case .keyFailure(let error as DeviceKeyError) where error.code == .timedOut || error.code == .cancelled:
            parts.logger.notice("a key of the enrolment was not used: \(error)")
            return await refuse(accepted, saying: .timedOut)
        case .keyFailure(let error): return keyFailure(error)
        case .abandoned: return nil
        }
    }

    /// Tells the verifier that a challenge is not answered, and why; signed by the key that is worth nothing else.
    func refuse(
        _ challenge: VerifiedChallenge, of enrollment: Enrollment, originHeader: String?, saying consent: UserConsent
    ) async -> LoopbackAnswer {
        let draft = ResponseDraft(
            challenge: challenge, enrollment: enrollment, originHeader: originHeader, consent: consent,
            keyType: .clientInstance, methods: [], snapshot: PostureSnapshot())
        let (parts, stored) = (parts, enrollment.clientInstance)
        let response: String
        do {
            response = try await withTaskExecutorPreference(parts.executor) {
                let key = try await parts.keys.key(stored).unlock(for: .possession, presence: NobodyPresent())
                let signer = DeviceKeySigner(stored: stored, key: key, presence: NobodyPresent())
                return try await draft.signed(by: signer, at: parts.clock)
            }
        } catch {
            await parts.keys.close(stored)
            return keyFailure(error)
        }
        return await deliver(response, for: challenge.claims)
    }

    private func refuse(_ accepted: AcceptedChallenge, saying consent: UserConsent) async -> LoopbackAnswer {
        await refuse(
            accepted.challenge, of: accepted.enrollment, originHeader: accepted.origin?.description, saying: consent)
    }

    /// Reads the signals that the decision allows, and has the key sign that it names.
    private func outcome(of decision: Decision, _ exchange: Exchange) async -> Outcome {
        // What ended while the person was asked needs no signals, and no key.
        guard exchange.end == nil else { return .abandoned }
        let accepted = exchange.accepted
        let origin = accepted.origin?.description
        switch decision {
        case .refusal(let consent): return .refusal(consent)
        // Without the person's word a key that can sign in signs nothing that a link brought.
        case .possession(let consent, _, _) where accepted.isByLink && consent != .approvedConsentPrompt:
            return .refusal(consent)
        case .possession(let consent, let presence, let tellsSignals):
            let snapshot = tellsSignals ? await collect(for: accepted.claims) : PostureSnapshot()
            let reports = tellsSignals ? await reports(for: accepted) : DeviceReports()
            guard await isStillServed(exchange) else { return .abandoned }
            let draft = ResponseDraft(
                challenge: accepted.challenge, enrollment: accepted.enrollment, originHeader: origin, consent: consent,
                keyType: .proofOfPossession, methods: [], snapshot: snapshot, reports: reports)
            let candidates = KeyCandidates(
                .proofOfPossession, for: accepted, tellsOfFailure: !tellsSignals, ring: parts.keys)
            let clock = parts.clock
            return await sign(for: exchange) {
                try await draft.signed(byFirstOf: candidates, presence: presence, at: clock)
            }
        case .done(let outcome): return outcome
        }
    }

    /// Whether a socket that brought the challenge is there and the user's own; waits for the page to come back for as long
    /// as a prompt would stay.
    func isStillServed(_ exchange: Exchange) async -> Bool {
        if exchange.isServed { return true }
        let limit = (exchange.orphanedSince ?? .now) + settings.grace
        while ContinuousClock.now < limit {
            try? await Task.sleep(for: .milliseconds(20))
            if exchange.isServed { return true }
        }
        return false
    }

    func collect(for claims: ChallengeClaims) async -> PostureSnapshot {
        var seen: Set<SignalName> = []
        let names = claims.signals.prefix(DeviceSignalsClaim.maximumSignals).filter { seen.insert($0).inserted }
        guard !names.isEmpty else { return PostureSnapshot() }
        return await parts.signals.snapshot(of: names, isFresh: claims.freshSignals)
    }

    func reports(for accepted: AcceptedChallenge) async -> DeviceReports {
        let claims = accepted.claims
        // Where nothing is asked for no other thread has to wake up.
        if claims.signalProviders.isEmpty, claims.devicePostureChecks.isEmpty { return DeviceReports() }
        return await parts.reports.reports(to: accepted.claims, from: accepted.enrollment)
    }

    /// Has a key sign.
    ///
    /// After a prompt the key may wait for the person, so that the exchange can end the wait, and the page may have gone
    /// meanwhile. Without one nothing waits, and no other thread has to wake up.
    private func sign(
        for exchange: Exchange, _ sign: @escaping @Sendable () async throws -> String
    ) async -> Outcome {
        let signing: @Sendable () async -> Result<String, any Error> = {
            do { return .success(try await sign()) } catch { return .failure(error) }
        }
        let prompts = exchange.plan.prompts
        guard let result = prompts ? await shown(exchange, signing) : await signing() else { return .abandoned }
        switch result {
        case .success(let response):
            if prompts { guard await isStillServed(exchange) else { return .abandoned } }
            return .signed(response)
        case .failure(let error): return .keyFailure(error)
        }
    }

    private func deliver(_ response: String, for claims: ChallengeClaims) async -> LoopbackAnswer {
        let delivery = parts.delivery
        do {
            return try await withTaskExecutorPreference(parts.executor) {
                try await delivery.deliver(response, to: claims.verificationURI)
            }
        } catch {
            return .refused("response_not_sent", "the response could not be written down")
        }
    }

    private func keyFailure(_ error: any Error) -> LoopbackAnswer {
        parts.logger.error("a key of the enrolment could not sign: \(error)")
        switch (error as? DeviceKeyError)?.code {
        case DeviceKeyError.Code.keyNotFound?, DeviceKeyError.Code.keyDamaged?, DeviceKeyError.Code.pinLocked?:
            return .refused("key_unavailable", "this device's key cannot be used; enrol this device again")
        case DeviceKeyError.Code.interactionNeeded?:
            return .refused(
                "key_unavailable",
                "this device's key wants a touch or a PIN where nobody is asked; enrol with another key")
        default:
            let advice = "see that it is plugged in, then start the sign-in again"
            return .refused("key_unavailable", "this device's key could not be used this time; \(advice)")
        }
    }
}

/// All that a response says but for the time and its own name.
struct ResponseDraft: Sendable {
    let challenge: VerifiedChallenge
    let enrollment: Enrollment
    /// The `Origin` as the browser sent it; `nil` where a link brought the challenge.
    let originHeader: String?
    let consent: UserConsent
    let keyType: ResponseKeyType
    let methods: [String]
    let snapshot: PostureSnapshot
    var reports = DeviceReports()

    /// The claims at a time.
    func claims(issuedAt: Int64) throws -> ResponseClaims {
        var claims = ResponseClaims(
            to: challenge, enrollmentID: enrollment.id, methodEnrollmentID: enrollment.methodID, issuedAt: issuedAt,
            tokenID: try SecureRandom.identifier(), methods: methods, keyType: keyType,
            deviceSignals: DeviceSignalsClaim(
                deviceID: enrollment.deviceID, clientInstanceID: enrollment.clientInstanceID, snapshot: snapshot),
            context: ChallengeResponseContext(
                userConsent: consent, originHeader: originHeader,
                bindingType: originHeader == nil ? .customURI : .loopback))
        claims.signalProviders = reports.providers
        claims.devicePostureChecks = reports.checks
        return try claims.fittingAResponse()
    }

    /// The response, dated when it is signed; a touch may take its time after that.
    func signed(by signer: DeviceKeySigner, at clock: AgentClock) async throws -> String {
        try await signer.compactJWS(try claims(issuedAt: clock.now()), type: TokenType.deviceBind)
    }

    /// The response, signed by the first of several keys that is here.
    ///
    /// - Parameter presence: told while a key waits for a touch; `nil` where it is to sign silently.
    func signed(
        byFirstOf candidates: KeyCandidates, presence: (any UserPresence)?, at clock: AgentClock
    ) async throws -> String {
        try await candidates.withFirst(
            for: presence == nil ? .possession : .presence, presence: presence ?? NobodyPresent()
        ) { key, stored, presence in
            try await signed(by: DeviceKeySigner(stored: stored, key: key, presence: presence), at: clock)
        }
    }
}
