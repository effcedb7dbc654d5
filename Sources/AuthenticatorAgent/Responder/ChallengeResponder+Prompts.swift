// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import Dispatch
internal import LocalSockets
internal import Logging
internal import Synchronization
internal import WireProtocol

/// What came of asking the person, or of there being no need to.
enum Decision {
    /// The promptless key signs.
    ///
    /// - Parameters:
    ///   - presence: told while the key waits for a touch; `nil` where it is to sign silently.
    ///   - tellsSignals: whether the device's signals are read for it.
    case possession(UserConsent, presence: (any UserPresence)?, tellsSignals: Bool)
    /// The key that verifies the person was asked to sign, and this came of it.
    case done(Outcome)
    /// The client instance key signs a refusal.
    case refusal(UserConsent)

    /// The promptless key says why the person was not verified; nothing is told of the device.
    static func withoutVerification(_ consent: UserConsent) -> Decision {
        .possession(consent, presence: nil, tellsSignals: false)
    }
}

/// That no page waits for the answer any more.
private struct NotServed: Error {}

/// Resumes a continuation with the first of several answers.
final class FirstAnswer<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer?, Never>?>

    init(_ continuation: CheckedContinuation<Answer?, Never>) { self.continuation = Mutex(continuation) }

    func give(_ answer: Answer?) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: answer)
    }
}

extension ChallengeResponder {
    /// Asks the person what the plan says.
    func decide(_ exchange: Exchange) async -> Decision {
        switch exchange.plan {
        case .silent: .possession(.none, presence: nil, tellsSignals: true)
        case .withoutVerification: .withoutVerification(.userVerificationPermanentlyUnavailable)
        case .withoutProtection: .refusal(.keyProtectionUnavailable)
        case .consent: await askConsent(exchange)
        case .verification: await askVerification(exchange)
        }
    }

    /// Ends the exchange early enough before its challenge expires; `nil` where nobody is asked.
    func deadline(of exchange: Exchange) -> Task<Void, any Error>? {
        guard exchange.plan.prompts else { return nil }
        return Task {
            try await Task.sleep(for: .seconds(self.secondsToAsk(exchange)))
            exchange.end(.timedOut)
        }
    }

    private func secondsToAsk(_ exchange: Exchange) -> Int64 {
        max(0, exchange.accepted.claims.expiresAt - parts.clock.now() - settings.promptMargin)
    }

    private func askConsent(_ exchange: Exchange) async -> Decision {
        let consent = parts.consent.prepared()
        let request = await consentRequest(for: exchange)
        switch await shown(exchange, { await consent.consent(to: request) }) {
        case nil: return .done(.abandoned)
        case .approved:
            return .possession(.approvedConsentPrompt, presence: consent.presence(for: request), tellsSignals: true)
        case .denied: return .refusal(.deniedConsentPrompt)
        case .timedOut: return .refusal(.timedOut)
        case .unavailable(let reason):
            // Nobody refused, and nobody agreed: to the verifier it is the same as nobody answering.
            parts.logger.error("nobody could be asked: \(reason)")
            return .refusal(.timedOut)
        }
    }

    /// Asks for the PIN, and has the key verify the person and sign, in one: signals are read once somebody has typed a PIN, and leave the
    /// device in what the key signs alone.
    private func askVerification(_ exchange: Exchange) async -> Decision {
        let candidates = KeyCandidates(.userVerification, for: exchange.accepted, ring: parts.keys)
        guard !candidates.keys.isEmpty else { return .withoutVerification(.userVerificationPermanentlyUnavailable) }
        // The key, the pinentry, and the program that asks are got ready side by side.
        let consent = parts.consent.prepared()
        let presence = LatePresence(Task { consent.presence(for: await consentRequest(for: exchange)) })
        let (accepted, use) = (exchange.accepted, exchange.use)
        let hasAgreed = Mutex(false)
        let result = await shown(exchange) { () async -> Result<String?, any Error> in
            do {
                return .success(
                    try await candidates.withFirst(for: .verification, presence: presence) { key, stored, presence in
                        guard key.verification != .none else { return nil }
                        let signer = DeviceKeySigner(stored: stored, key: key, presence: presence)
                        return try await signer.response {
                            // What was ended may have come again, as another exchange.
                            try Task.checkCancellation()
                            hasAgreed.withLock { $0 = true }
                            return try await self.verifiedClaims(accepted, use, by: key.verification)
                        }
                    })
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case nil: return .done(.abandoned)
        case .success(nil): return .withoutVerification(.userVerificationTemporarilyUnavailable)
        case .success(let response?): return .done(await isStillServed(exchange) ? .signed(response) : .abandoned)
        case .failure(is NotServed): return .done(.abandoned)
        case .failure(let error as DeviceKeyError) where error.code == .timedOut: return .refusal(.timedOut)
        case .failure(let error) where hasAgreed.withLock({ $0 }) && !Self.isOfVerification(error):
            return .done(.keyFailure(error))
        case .failure(let error):
            parts.logger.notice("the person was not verified: \(error)")
            return .withoutVerification(Self.consent(afterFailing: error))
        }
    }

    /// Whether a key that was to verify the person and sign failed at the former.
    private static func isOfVerification(_ error: any Error) -> Bool {
        switch (error as? DeviceKeyError)?.code {
        case DeviceKeyError.Code.cancelled?, DeviceKeyError.Code.noPrompt?, DeviceKeyError.Code.pinLocked?,
            DeviceKeyError.Code.pinLockedForNow?:
            true
        default: false
        }
    }

    /// What a key that verifies the person signs, with signals that are read now.
    ///
    /// - Throws: ``NotServed``.
    private func verifiedClaims(
        _ accepted: AcceptedChallenge, _ use: ChallengeUse, by method: UserVerificationMethod
    ) async throws -> ResponseClaims {
        guard let exchange = exchanges[use], exchange.end == nil else { throw NotServed() }
        let snapshot = await collect(for: accepted.claims)
        let reports = await reports(for: accepted)
        guard await isStillServed(exchange) else { throw NotServed() }
        return try ResponseDraft(
            challenge: accepted.challenge, enrollment: accepted.enrollment,
            originHeader: accepted.origin?.description, consent: .approvedUserVerification,
            keyType: .userVerification, methods: [method.rawValue], snapshot: snapshot, reports: reports
        ).claims(issuedAt: parts.clock.now())
    }

    /// What a failed verification is called (docs/protocol.md §3). A lock that time ends is none for good.
    static func consent(afterFailing error: any Error) -> UserConsent {
        switch (error as? DeviceKeyError)?.code {
        case DeviceKeyError.Code.cancelled?: .cancelledUserVerification
        case DeviceKeyError.Code.pinLocked?, DeviceKeyError.Code.keyNotFound?, DeviceKeyError.Code.keyDamaged?:
            .userVerificationPermanentlyUnavailable
        default: .userVerificationTemporarilyUnavailable
        }
    }

    /// Runs a prompt, or a key's wait for the person, as a task of its own, which the exchange can take away.
    ///
    /// - Returns: `nil` where the exchange was ended and the prompt did not follow within a second: a card that cannot be told to stop is
    ///   not waited for, so that it holds up no other page. What it signs comes to nobody. A key that can stop does so before others are
    ///   asked for, so that no touch is for the wrong one.
    func shown<Answer: Sendable>(
        _ exchange: Exchange, _ prompt: @escaping @Sendable () async -> Answer
    ) async -> Answer? {
        let task = Task.detached(executorPreference: parts.executor, operation: prompt)
        defer { exchange.dismissPrompt = nil }
        return await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            exchange.dismissPrompt = {
                task.cancel()
                Task {
                    try? await Task.sleep(for: Self.withdrawalTime)
                    first.give(nil)
                }
            }
            if exchange.end != nil { exchange.dismissPrompt?() }
            Task { first.give(await task.value) }
        }
    }

    private static let withdrawalTime = Duration.seconds(1)

    private func consentRequest(for exchange: Exchange) async -> ConsentRequest {
        let accepted = exchange.accepted
        return ConsentRequest(
            organization: accepted.enrollment.organizationName, username: accepted.enrollment.username,
            app: accepted.claims.appInstanceName, origin: accepted.origin, process: await processName(of: exchange))
    }

    private func processName(of exchange: Exchange) async -> String? {
        guard case .uid(let uid, let inode)? = exchange.waiting.values.first?.owner else { return nil }
        return await withCheckedContinuation { continuation in
            Self.processQueue.async { continuation.resume(returning: SocketProcess.name(inode: inode, uid: uid)) }
        }
    }

    private static let processQueue = DispatchQueue(label: "socket-process")
}
