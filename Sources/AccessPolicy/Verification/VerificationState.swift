// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whether what a policy asks for is proved, and what to ask for otherwise.
public enum VerificationState: Hashable, Sendable {
    /// It is proved.
    case satisfied
    /// One more proof does it: the least that does.
    case due(ProofDemand)
    /// No single proof by an authenticator that is offered does it; the reasons are for a person.
    case unattainable([String])
}

/// A proof that a sign-in has to ask for.
public struct ProofDemand: Hashable, Sendable {
    /// The authenticator, and the way to use it.
    public var use: AuthenticatorUse
    /// What the key has to count as besides: a smart card or a passkey; `nil` where any key does.
    public var alias: AuthenticatorUse?
    /// Whether the person has to be verified, and by which methods; empty where they need not be.
    public var userVerification: Set<UserVerificationMethod>
    /// Whether the key has to be in hardware.
    public var hardwareProtected: Bool
    /// Whether the proof has to resist phishing.
    public var phishingResistant: Bool
    /// Whether the person has to show that they are there.
    public var userPresence: Bool
    /// Whether something that was enough is only too old.
    public var isReauthentication: Bool

    /// Whether the person has to be verified.
    public var requiresUserVerification: Bool { !userVerification.isEmpty }
}

/// What is known of the session whose proofs are looked at.
public struct VerificationContext: Hashable, Sendable {
    /// The proofs of this sign-in and of the session.
    public var proofs: [AuthenticatorProof]
    /// When the session was last used, in seconds since 1970-01-01 UTC; `nil` where there is none or nobody knows.
    public var lastUsed: Int64?
    /// Seconds since 1970-01-01 UTC.
    public var now: Int64
    /// The authenticators that a sign-in can ask for, the preferred one first.
    public var offered: [AuthenticatorUse]

    /// This product's own authenticator.
    public static let ownAuthenticator = AuthenticatorUse(.oktaVerify, .signedNonce)
    /// What a key of it counts as besides, where it is known to be on a smart card or a security key.
    public static let ownAliases = [
        AuthenticatorUse(.smartCard, .certificate), AuthenticatorUse(.webAuthn, .webAuthn),
    ]

    /// A context.
    public init(
        proofs: [AuthenticatorProof] = [], lastUsed: Int64? = nil, now: Int64,
        offered: [AuthenticatorUse] = [Self.ownAuthenticator]
    ) {
        self.proofs = proofs
        self.lastUsed = lastUsed
        self.now = now
        self.offered = offered
    }
}
