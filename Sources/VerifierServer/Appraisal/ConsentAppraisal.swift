// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// Whether what the person said, and the key that says it, are what the challenge asked for.
struct ConsentAppraisal: Sendable {
    let challenge: IssuedChallenge
    let claims: ResponseClaims

    /// Why there is no sign-in although the response is genuine, or `nil` where there is one.
    ///
    /// - Throws: ``ResponseRefusal`` where word and key contradict each other or the challenge.
    func failure() throws(ResponseRefusal) -> SignInFailure? {
        switch claims.context.userConsent {
        case .deniedConsentPrompt, .cancelledUserVerification: return .declined
        case .timedOut: return .timedOut
        case .phishingDetected: return .phishing
        case .keyProtectionUnavailable:
            guard challenge.keyProtection == .hardware else {
                throw .foreign("The response misses a protection of keys that the challenge did not ask for.")
            }
            return .hardwareKeyRequired
        case .userVerificationTemporarilyUnavailable, .userVerificationPermanentlyUnavailable:
            // Brought by a link, the client instance key says it: without the person's word no other signs.
            guard claims.context.bindingType == .loopback else { return .userVerificationUnavailable }
            try checkKey()
            // Where verification was only preferred and nobody was to be asked, possession alone is what was asked for.
            return challenge.userVerification == .preferred && challenge.userMediation == .none
                ? nil : .userVerificationUnavailable
        case .none, .approvedConsentPrompt, .approvedUserVerification:
            try checkKey()
            return try approvalFailure()
        }
    }

    private func approvalFailure() throws(ResponseRefusal) -> SignInFailure? {
        let isVerified =
            claims.keyType == .userVerification && claims.context.userConsent == .approvedUserVerification
        if challenge.userVerification == .required, !isVerified { return .userVerificationUnavailable }
        if challenge.userMediation != .none || claims.context.bindingType != .loopback,
            claims.context.userConsent == .none
        {
            throw .foreign(
                "The challenge, or the way that it came, wants the person asked, and the response says that nobody was."
            )
        }
        return nil
    }

    /// The client instance key signs no sign-in, and the word of a verified person and the key behind the PIN go together.
    private func checkKey() throws(ResponseRefusal) {
        guard claims.keyType != .clientInstance, challenge.keyTypes.contains(claims.keyType.rawValue) else {
            throw .foreign("The response is signed by a kind of key that may not sign in here.")
        }
        guard
            claims.keyType == .userVerification
                ? [["pin"], ["fpt"]].contains(claims.methods) : claims.methods.isEmpty
        else { throw .foreign("The response names a way of verification that does not belong to its key.") }
        let saysVerified = claims.context.userConsent == .approvedUserVerification
        guard saysVerified == (claims.keyType == .userVerification) else {
            throw .foreign("The response's word on the person's verification and its key contradict each other.")
        }
    }
}
