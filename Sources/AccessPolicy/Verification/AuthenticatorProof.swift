// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Something that a person proved, in this sign-in or in one that a session remembers.
public struct AuthenticatorProof: Hashable, Sendable {
    /// The authenticator and the way it was used.
    public var use: AuthenticatorUse
    /// What else the same act counts as: this product's key on a smart card may be `smart_card_idp` as well.
    public var aliases: [AuthenticatorUse]
    /// The authenticator's id, for one of several of the same key.
    public var id: String?
    /// What this use was. What the table does not allow for an authenticator does not count.
    public var traits: Set<AuthenticatorTrait>
    /// How the person was verified; `nil` where they were not, or nobody knows how.
    public var userVerification: UserVerificationMethod?
    /// When, in seconds since 1970-01-01 UTC.
    public var at: Int64
    /// Whether it was proved in this very sign-in; that counts also where every sign-in has to prove anew.
    public var isInThisSignIn: Bool

    /// A proof.
    public init(
        _ use: AuthenticatorUse, aliases: [AuthenticatorUse] = [], id: String? = nil,
        traits: Set<AuthenticatorTrait> = [], userVerification: UserVerificationMethod? = nil, at: Int64,
        isInThisSignIn: Bool
    ) {
        self.use = use
        self.aliases = aliases
        self.id = id
        self.traits = traits
        self.userVerification = userVerification
        self.at = at
        self.isInThisSignIn = isInThisSignIn
    }

    /// What the proof is worth, once for each authenticator that it counts as.
    var readings: [ProofReading] {
        ([use] + aliases).enumerated().compactMap { index, use in ProofReading(self, as: use, isAlias: index > 0) }
    }
}

/// A proof seen as that of one authenticator.
struct ProofReading: Hashable, Sendable {
    let proof: AuthenticatorProof
    let use: AuthenticatorUse
    let type: AuthenticatorType
    /// The classes that this use proved.
    let classes: Set<FactorClass>
    /// What this use was, as far as the table allows it.
    let traits: Set<AuthenticatorTrait>

    /// - Parameter isAlias: whether the act was a use of another authenticator, so that what every use of this one is does
    ///   not hold of it: of an alias counts what the act itself was, and that its key is bound to a device.
    init?(_ proof: AuthenticatorProof, as use: AuthenticatorUse, isAlias: Bool) {
        guard let entry = AuthenticatorMatrix.entry(for: use) else { return nil }
        self.proof = proof
        self.use = use
        type = entry.type
        let possible = entry.always.union(entry.sometimes)
        let traits = proof.traits.intersection(possible).union(
            isAlias ? entry.always.intersection([.deviceBound]) : entry.always)
        self.traits = traits
        if !entry.classes.contains(.possession) {
            classes = entry.classes
        } else if traits.contains(.userVerified) {
            classes = [.possession, Self.second(entry.classes, proof.userVerification)].reduce(into: []) {
                classes, next in
                if let next { classes.insert(next) }
            }
        } else {
            classes = [.possession]
        }
    }

    /// The class beside possession that a verified person adds: a card's PIN is knowledge; where the table has no
    /// knowledge, the PIN of an app or security key counts as its biometrics do, as with Okta.
    private static func second(
        _ classes: Set<FactorClass>, _ method: UserVerificationMethod?
    ) -> FactorClass? {
        if classes.contains(.knowledge), method != .biometrics { return .knowledge }
        return classes.contains(.inherence) ? .inherence : nil
    }
}
