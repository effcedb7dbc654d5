// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension VerificationMethod {
    /// Whether the proofs are enough, and what to ask for otherwise.
    ///
    /// What is asked for is found by the very judgement that is made of it afterwards: of all proofs that an offered
    /// authenticator could make, the least demanding one with which the method is satisfied.
    public func state(in context: VerificationContext) -> VerificationState {
        let judge = ConstraintJudge(age: ProofAge(now: context.now, lastUsed: context.lastUsed))
        if judge.isSatisfied(self, by: context.proofs) { return .satisfied }
        let timeless = ConstraintJudge(age: ProofAge(now: context.now, lastUsed: context.lastUsed, ignoresAge: true))
        let isOnlyOld = timeless.isSatisfied(self, by: context.proofs)
        for candidate in ProofCandidate.all {
            for use in context.offered where candidate.isPossible(for: use) {
                let proof = candidate.proof(use, at: context.now)
                guard judge.isSatisfied(self, by: context.proofs + [proof]) else { continue }
                return .due(
                    ProofDemand(
                        use: use, alias: candidate.alias,
                        userVerification: candidate.isVerified
                            ? verificationMethods(candidate, use, judge, context) : [],
                        hardwareProtected: candidate.traits.contains(.hardwareProtected),
                        phishingResistant: candidate.traits.contains(.phishingResistant),
                        userPresence: candidate.traits.contains(.userPresence), isReauthentication: isOnlyOld))
            }
        }
        return .unattainable(obstacles(offered: context.offered))
    }

    /// The ways of verification with which a candidate does it.
    private func verificationMethods(
        _ candidate: ProofCandidate, _ use: AuthenticatorUse, _ judge: ConstraintJudge, _ context: VerificationContext
    ) -> Set<UserVerificationMethod> {
        Set(
            UserVerificationMethod.allCases.filter { method in
                var candidate = candidate
                candidate.userVerification = method
                return judge.isSatisfied(self, by: context.proofs + [candidate.proof(use, at: context.now)])
            })
    }

    private func obstacles(offered: [AuthenticatorUse]) -> [String] {
        let names = offered.map(\.description).joined(separator: ", ")
        switch self {
        case .identityProofing: return ["a proof of identity by a third party is asked for, which is not offered here"]
        case .unrecognized(let type, _): return ["a verification method of type \(type) is not known to this verifier"]
        case .chains:
            return ["no chain can be completed with one proof by what is offered: \(names)"]
        case .assurance(let method):
            var reasons = method.unrecognized.map { "the member \($0.name) is not known to this verifier" }
            for element in method.constraints { reasons += element.obstacles }
            let general = "\(method.factorMode.rawValue) as constrained cannot be proved by what is offered: \(names)"
            return [general] + reasons
        }
    }
}

extension FactorConstraints {
    /// What of this element no authenticator of this product can do anything about.
    fileprivate var obstacles: [String] {
        var reasons = unrecognized.map { "the constraint \($0.name) is not known to this verifier" }
        for (name, constraint) in [("knowledge", knowledge), ("possession", possession)] {
            reasons += (constraint?.unrecognized ?? []).map {
                "the constraint \(name).\($0.name) is not known to this verifier"
            }
        }
        return reasons
    }
}

/// A proof that a sign-in could ask for.
struct ProofCandidate: Hashable, Sendable {
    var traits: Set<AuthenticatorTrait>
    var userVerification: UserVerificationMethod?
    /// What a key in hardware counts as besides.
    var alias: AuthenticatorUse?

    var isVerified: Bool { traits.contains(.userVerified) }

    /// All that can be asked for, the least demanding first. To show that one is there costs least, then resistance to
    /// phishing, then hardware, then a PIN, and biometrics most, since not everybody has a reader.
    ///
    /// Last come those of a key that counts as a smart card or a passkey as well: not every device has one.
    static let all: [ProofCandidate] =
        plain
        + VerificationContext.ownAliases.flatMap { alias in
            plain.filter { $0.traits.contains(.hardwareProtected) }.map { candidate in
                var candidate = candidate
                candidate.alias = alias
                return candidate
            }
        }

    private static let plain: [ProofCandidate] = {
        var candidates: [ProofCandidate] = []
        for userVerification in [nil, .pin, .biometrics] as [UserVerificationMethod?] {
            for hardware in [[], [.hardwareProtected]] as [Set<AuthenticatorTrait>] {
                for resistance in [[], [.phishingResistant]] as [Set<AuthenticatorTrait>] {
                    for presence in [[], [.userPresence]] as [Set<AuthenticatorTrait>] {
                        // Who is verified is there.
                        if userVerification != nil, presence.isEmpty { continue }
                        let verified: Set<AuthenticatorTrait> = userVerification == nil ? [] : [.userVerified]
                        candidates.append(
                            ProofCandidate(
                                traits: hardware.union(resistance).union(presence).union(verified),
                                userVerification: userVerification))
                    }
                }
            }
        }
        return candidates
    }()

    /// Whether an authenticator can be like this.
    func isPossible(for use: AuthenticatorUse) -> Bool {
        guard let entry = AuthenticatorMatrix.entry(for: use) else { return false }
        if alias != nil, use != VerificationContext.ownAuthenticator { return false }
        return traits.isSubset(of: entry.always.union(entry.sometimes))
    }

    func proof(_ use: AuthenticatorUse, at now: Int64) -> AuthenticatorProof {
        AuthenticatorProof(
            use, aliases: alias.map { [$0] } ?? [], traits: traits, userVerification: userVerification, at: now,
            isInThisSignIn: true)
    }
}
