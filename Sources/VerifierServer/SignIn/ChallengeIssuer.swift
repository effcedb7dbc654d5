// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import Cryptography
internal import DeviceSignals
internal import WireProtocol

/// Makes the challenges of sign-ins.
struct ChallengeIssuer: Sendable {
    let settings: VerifierSettings
    let keys: ChallengeKeyring
    let metrics: VerifierMetrics

    /// What a challenge asks for.
    struct Demand: Hashable, Sendable, Codable {
        /// Whether the person is to be verified.
        var userVerification: UserVerificationRequirement
        /// Whether the person is to be asked.
        var userMediation: UserMediation
        /// What protection the key needs.
        var keyProtection: KeyProtection
        /// Whether signals are to be read anew.
        var freshSignals = false
        /// Whether nothing but the device is looked at again: who the person is was shown before.
        var isRecheck = false
        /// Whether a link brings it in place of the page; absent for `false`.
        var isByLink: Bool?

        /// The device is looked at again, and nobody is asked.
        static let recheck = Demand(
            userVerification: .none, userMediation: .none, keyProtection: .any, freshSignals: true, isRecheck: true)
    }

    /// A new challenge to a user in a transaction.
    func challenge(
        for transaction: SignInTransaction, user: User, _ demand: Demand, asking questions: DeviceQuestions, now: Int64
    ) async throws -> IssuedChallenge {
        let nonce = Base64URL.encode(try SecureRandom.bytes(32))
        var claims = ChallengeClaims(
            issuer: settings.issuer, issuedAt: now, tokenID: try SecureRandom.identifier(), nonce: nonce,
            transactionID: transaction.id, organizationID: settings.organizationID, userID: user.id,
            verificationURI: settings.verificationURI(transactionID: transaction.id),
            userVerification: demand.userVerification, userMediation: demand.userMediation,
            signals: questions.signals, loginHint: user.username, appInstanceName: transaction.request.appName,
            allowedOrigins: settings.challengeOrigins,
            bindings: demand.isByLink == true ? [.customURI] : [.loopback], keyProtection: demand.keyProtection,
            freshSignals: demand.freshSignals)
        claims.devicePostureChecks = questions.checks
        claims.signalProviders = questions.providers.map(SignalProviderRequest.init)
        let compact = try await keys.currentSigner().compactJWS(claims, type: TokenType.deviceBind)
        metrics.challenges.count(demand.isRecheck ? "recheck" : transaction.stepUps == nil ? "sign_in" : "step_up")
        return IssuedChallenge(
            compact: compact, hash: SHA256.base64URL(of: compact), nonce: nonce, expiresAt: claims.expiresAt,
            allowedOrigins: claims.allowedOrigins.map(\.description), bindings: claims.bindings,
            keyTypes: claims.keyTypes, userVerification: demand.userVerification,
            userMediation: demand.userMediation, keyProtection: demand.keyProtection,
            isRecheck: demand.isRecheck ? true : nil)
    }
}

extension SignInRequest {
    /// What the app asks for.
    var demand: ChallengeIssuer.Demand {
        ChallengeIssuer.Demand(
            userVerification: userVerification, userMediation: userMediation, keyProtection: keyProtection ?? .any)
    }
}

extension ChallengeIssuer.Demand {
    /// The demand for a link, which anybody may have sent: the person is always asked.
    var byLink: ChallengeIssuer.Demand {
        var demand = self
        demand.isByLink = true
        demand.userMediation = .required
        return demand
    }

    /// The demand, made as strong as a policy's; what the app asks for stays.
    func strengthened(by demand: ProofDemand) -> ChallengeIssuer.Demand {
        var stronger = self
        if demand.requiresUserVerification { stronger.userVerification = .required }
        if demand.userPresence { stronger.userMediation = .required }
        if demand.hardwareProtected { stronger.keyProtection = .hardware }
        return stronger
    }
}
