// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import Dispatch
internal import LocalSockets
internal import Logging
internal import WireProtocol

/// What came of asking the person, or of there being no need to.
enum Decision {
    /// The promptless key signs.
    ///
    /// - Parameters:
    ///   - presence: told while the key waits for a touch; `nil` where it is to sign silently.
    ///   - tellsSignals: whether the device's signals are read for it.
    case possession(UserConsent, presence: (any UserPresence)?, tellsSignals: Bool)
    /// The person was verified, or is as the key signs.
    case verified(any UnlockedKey, StoredKey, any UserPresence)
    /// The client instance key signs a refusal.
    case refusal(UserConsent)

    /// The promptless key says why the person was not verified; nothing is told of the device.
    static func withoutVerification(_ consent: UserConsent) -> Decision {
        .possession(consent, presence: nil, tellsSignals: false)
    }
}

/// A key that verified the person.
private struct Verified: Sendable {
    let key: any UnlockedKey
    let stored: StoredKey
    let presence: any UserPresence
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
        let answer = await shown(exchange) { await consent.consent(to: request) }
        switch answer {
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

    /// Verifies the person before any signal of the device is read; a key that reads the finger does so as it signs.
    private func askVerification(_ exchange: Exchange) async -> Decision {
        let candidates = KeyCandidates(.userVerification, for: exchange.accepted, ring: parts.keys)
        guard !candidates.keys.isEmpty else { return .withoutVerification(.userVerificationPermanentlyUnavailable) }
        // The key, the pinentry, and the program that asks are got ready side by side.
        let consent = parts.consent.prepared()
        let presence = LatePresence(Task { consent.presence(for: await consentRequest(for: exchange)) })
        let result = await shown(exchange) { () async -> Result<Verified, any Error> in
            do {
                return .success(
                    try await candidates.withFirst(for: .verification, presence: presence) { key, stored, presence in
                        Verified(key: key, stored: stored, presence: presence)
                    })
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let verified) where verified.key.verification == .none:
            return .withoutVerification(.userVerificationTemporarilyUnavailable)
        case .success(let verified): return .verified(verified.key, verified.stored, verified.presence)
        case .failure(let error as DeviceKeyError) where error.code == .timedOut: return .refusal(.timedOut)
        case .failure(let error):
            parts.logger.notice("the person was not verified: \(error)")
            return .withoutVerification(Self.consent(afterFailing: error))
        }
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

    /// Runs a prompt, or a key's wait for the person, off the event loop, where the exchange can take it away.
    func shown<Answer: Sendable>(
        _ exchange: Exchange, _ prompt: @escaping @Sendable () async -> Answer
    ) async -> Answer {
        let task = Task.detached(operation: prompt)
        exchange.dismissPrompt = { task.cancel() }
        defer { exchange.dismissPrompt = nil }
        if exchange.end != nil { task.cancel() }
        return await task.value
    }

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
