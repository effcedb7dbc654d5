// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// Makes the challenges of sign-ins.
struct ChallengeIssuer: Sendable {
    let settings: VerifierSettings
    let keys: ChallengeKeyring

    /// A new challenge to a user in a transaction.
    func challenge(for transaction: SignInTransaction, user: User, now: Int64) async throws -> IssuedChallenge {
        let nonce = Base64URL.encode(try SecureRandom.bytes(32))
        let request = transaction.request
        var claims = ChallengeClaims(
            issuer: settings.issuer, issuedAt: now, tokenID: try SecureRandom.identifier(), nonce: nonce,
            transactionID: transaction.id, organizationID: settings.organizationID, userID: user.id,
            verificationURI: settings.verificationURI(transactionID: transaction.id),
            userVerification: request.userVerification, userMediation: request.userMediation,
            signals: settings.requestedSignals, loginHint: user.username, appInstanceName: request.appName,
            allowedOrigins: settings.challengeOrigins, keyProtection: request.keyProtection ?? .any)
        claims.devicePostureChecks = settings.requestedPostureChecks
        claims.signalProviders = settings.signalProviders.map(SignalProviderRequest.init)
        let compact = try await keys.currentSigner().compactJWS(claims, type: TokenType.deviceBind)
        return IssuedChallenge(
            compact: compact, hash: SHA256.base64URL(of: compact), nonce: nonce, expiresAt: claims.expiresAt,
            allowedOrigins: claims.allowedOrigins.map(\.description), bindings: claims.bindings,
            keyTypes: claims.keyTypes, userVerification: request.userVerification,
            userMediation: request.userMediation, keyProtection: claims.keyProtection)
    }
}
