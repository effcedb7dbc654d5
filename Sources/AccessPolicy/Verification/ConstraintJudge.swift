// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Judges proofs by what a rule asks for.
struct ConstraintJudge: Sendable {
    let age: ProofAge

    /// Whether proofs satisfy a method.
    func isSatisfied(_ method: VerificationMethod, by proofs: [AuthenticatorProof]) -> Bool {
        switch method {
        case .assurance(let method): isSatisfied(method, by: proofs)
        case .chains(let chains): chains.chains.contains { isSatisfied($0, of: chains, by: proofs) }
        case .identityProofing, .unrecognized: false
        }
    }

    // MARK: - Factors

    private func isSatisfied(_ method: AssuranceMethod, by proofs: [AuthenticatorProof]) -> Bool {
        guard method.unrecognized.isEmpty else { return false }
        let elements = method.constraints.isEmpty ? [FactorConstraints()] : method.constraints
        return elements.contains { isSatisfied($0, of: method, by: proofs) }
    }

    private func isSatisfied(
        _ element: FactorConstraints, of method: AssuranceMethod, by proofs: [AuthenticatorProof]
    ) -> Bool {
        guard element.unrecognized.isEmpty else { return false }
        var proved: Set<FactorClass> = []
        for proof in proofs {
            for reading in proof.readings { proved.formUnion(classes(of: reading, in: element, of: method)) }
        }
        if element.knowledge?.isRequired == true, !proved.contains(.knowledge) { return false }
        if element.possession?.isRequired == true, !proved.contains(.possession) { return false }
        return proved.count >= method.factorMode.count
    }

    /// The classes that a proof adds under one element. What its possession is refused for is not made good by the PIN or
    /// finger that came with it.
    private func classes(
        of reading: ProofReading, in element: FactorConstraints, of method: AssuranceMethod
    ) -> Set<FactorClass> {
        var classes = reading.classes
        if classes.contains(.possession) {
            let constraint = element.possession ?? FactorConstraint()
            guard accepts(reading, constraint, method), constraint.traits.accept(reading, presence: .required) else {
                return []
            }
        }
        if classes.contains(.knowledge), !accepts(reading, element.knowledge, method) { classes.remove(.knowledge) }
        if classes.contains(.inherence), !isRecent(reading, nil, method) { classes.remove(.inherence) }
        return classes
    }

    /// Whether a proof is what a constraint of its class says; without one only its age counts.
    private func accepts(
        _ reading: ProofReading, _ constraint: FactorConstraint?, _ method: AssuranceMethod
    ) -> Bool {
        guard let constraint else { return isRecent(reading, nil, method) }
        guard isRecent(reading, constraint.reauthenticateIn, method), constraint.unrecognized.isEmpty else {
            return false
        }
        let isListed =
            constraint.authenticationMethods.isEmpty
            || constraint.authenticationMethods.contains { $0.accepts(reading) }
        return isListed && !constraint.excludedAuthenticationMethods.contains { $0.excludes(reading) }
            && (constraint.methods.isEmpty || constraint.methods.contains(reading.use.method))
            && (constraint.types.isEmpty || constraint.types.contains(reading.type))
    }

    private func isRecent(_ reading: ProofReading, _ own: PolicyDuration?, _ method: AssuranceMethod) -> Bool {
        age.isRecent(
            reading.proof, within: own ?? method.reauthenticateIn, unusedFor: method.inactivityPeriod)
    }

    // MARK: - Chains

    /// Whether the steps are made by different proofs in their order in time.
    private func isSatisfied(
        _ chain: MethodChains.Chain, of chains: MethodChains, by proofs: [AuthenticatorProof]
    ) -> Bool {
        let limit = chain.reauthenticateIn ?? chains.reauthenticateIn
        let recent = proofs.filter { age.isRecent($0, within: limit, unusedFor: nil) }
        var rest = recent.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(
            \.element)[...]
        // The first proof in time that does for a step leaves the most for the steps after it.
        for step in chain.steps {
            guard let next = rest.firstIndex(where: { proof in step.contains { $0.accepts(proof) } }) else {
                return false
            }
            rest = rest[(next + 1)...]
        }
        return true
    }
}

extension AuthenticationMethod {
    /// Whether a proof is of this authenticator, whatever it was like.
    func names(_ reading: ProofReading) -> Bool {
        isOfUse(reading.use) && (id == nil || id == reading.proof.id)
    }

    /// Whether a proof may be of this authenticator: one whose id nobody knows may be the excluded one, and what the act
    /// counts as besides does not save it.
    func excludes(_ reading: ProofReading) -> Bool {
        guard isOfUse(reading.use) || isOfUse(reading.proof.use) else { return false }
        return id == nil || reading.proof.id == nil || id == reading.proof.id
    }

    private func isOfUse(_ use: AuthenticatorUse) -> Bool { AuthenticatorUse(key, method ?? use.method) == use }

    /// Whether a proof is of this authenticator, and what it has to be.
    func accepts(_ reading: ProofReading) -> Bool {
        names(reading) && unrecognized.isEmpty && traits.accept(reading, presence: .optional)
    }

    /// The same of any reading of a proof.
    func accepts(_ proof: AuthenticatorProof) -> Bool { proof.readings.contains { accepts($0) } }
}

extension RequiredTraits {
    /// Whether a proof is all that is required.
    ///
    /// - Parameter presence: what holds where the document does not speak of presence.
    func accept(_ reading: ProofReading, presence: Requirement) -> Bool {
        let demanded: [(Requirement?, AuthenticatorTrait)] = [
            (deviceBound, .deviceBound), (hardwareProtection, .hardwareProtected),
            (phishingResistant, .phishingResistant), (userPresence ?? presence, .userPresence),
            (userVerification, .userVerified),
        ]
        for (requirement, trait) in demanded where requirement == .required && !reading.traits.contains(trait) {
            return false
        }
        guard userVerification == .required, !userVerificationMethods.isEmpty else { return true }
        return reading.proof.userVerification.map(userVerificationMethods.contains) ?? false
    }
}
