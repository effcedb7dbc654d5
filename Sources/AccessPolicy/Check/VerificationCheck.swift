// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Looks at what a rule wants proved.
struct VerificationCheck: Sendable {
    let action: AppSignOnAction
    let offered: [AuthenticatorUse]

    private static let member = "actions.appSignOn.verificationMethod"

    var findings: [PolicyFinding] {
        guard let method = action.verificationMethod, action.access == .allow else { return [] }
        var findings = names(in: method)
        if !isPossible(method, with: AuthenticatorMatrix.entries.map(\.use)) {
            findings.append(
                finding(
                    .error, "unsatisfiable",
                    "no authenticator that there is can prove what this asks for: \(method.words)",
                    hint: "nobody is let in by this rule"))
        } else if !isPossible(method, with: offered) {
            findings.append(
                finding(
                    .warning, "not-by-this-authenticator",
                    "cannot be proved by this product's authenticator alone: \(method.words)",
                    hint: "people are kept out here, unless another sign-in proves the rest"))
        }
        return findings
    }

    private func finding(
        _ severity: PolicyFinding.Severity, _ code: String, _ message: String, hint: String? = nil
    ) -> PolicyFinding {
        PolicyFinding(severity: severity, code: code, member: Self.member, message: message, hint: hint)
    }

    /// Whether proofs at their best by these authenticators satisfy a method.
    private func isPossible(_ method: VerificationMethod, with uses: [AuthenticatorUse]) -> Bool {
        let judge = ConstraintJudge(age: ProofAge(now: 0, lastUsed: nil))
        // Three of each, since the steps of a chain are made by different proofs; each verified in either way.
        let proofs = (0..<Int64(MethodChains.maximumSteps)).flatMap { at in
            uses.flatMap { use in
                UserVerificationMethod.allCases.map { verification in
                    AuthenticatorProof(
                        use, id: nil, traits: Set(AuthenticatorTrait.allCases), userVerification: verification, at: at,
                        isInThisSignIn: true)
                }
            }
        }
        return judge.isSatisfied(method.withoutIDs, by: proofs)
    }

    /// Names that the table of authenticators does not have.
    private func names(in method: VerificationMethod) -> [PolicyFinding] {
        let keys = Set(
            AuthenticatorMatrix.entries.map(\.use.key) + AuthenticatorUse.split.keys.map { AuthenticatorKey($0) })
        let methods = Set(AuthenticatorMatrix.entries.map(\.use.method))
        let types = Set(AuthenticatorMatrix.entries.map(\.type))
        var unknown = method.authenticationMethods.map(\.key).filter { !keys.contains($0) }.map(\.rawValue)
        unknown += method.authenticationMethods.compactMap(\.method).filter { !methods.contains($0) }.map(\.rawValue)
        for constraint in method.constraints {
            unknown += constraint.methods.filter { !methods.contains($0) }.map(\.rawValue)
            unknown += constraint.types.filter { !types.contains($0) }.map(\.rawValue)
        }
        return unknown.map {
            finding(.warning, "unknown-authenticator", "names \($0), which is not known here; no proof counts as it")
        }
    }
}

extension VerificationMethod {
    /// Every constraint in it.
    fileprivate var constraints: [FactorConstraint] {
        guard case .assurance(let method) = self else { return [] }
        return method.constraints.flatMap { [$0.knowledge, $0.possession].compactMap(\.self) }
    }

    /// Every authenticator that it names.
    fileprivate var authenticationMethods: [AuthenticationMethod] {
        if case .chains(let chains) = self { return chains.chains.flatMap { $0.steps.flatMap(\.self) } }
        return constraints.flatMap { $0.authenticationMethods + $0.excludedAuthenticationMethods }
    }

    /// The method without ids of authenticators: whether there is one by that id is not asked here.
    fileprivate var withoutIDs: VerificationMethod {
        switch self {
        case .chains(var chains):
            for chain in chains.chains.indices {
                chains.chains[chain].steps = chains.chains[chain].steps.map { $0.map(\.withoutID) }
            }
            return .chains(chains)
        case .assurance(var method):
            for index in method.constraints.indices {
                method.constraints[index].knowledge?.authenticationMethods.removeIDs()
                method.constraints[index].possession?.authenticationMethods.removeIDs()
                // One of several authenticators being excluded by its id leaves the others.
                method.constraints[index].knowledge?.excludedAuthenticationMethods.removeAll { $0.id != nil }
                method.constraints[index].possession?.excludedAuthenticationMethods.removeAll { $0.id != nil }
            }
            return .assurance(method)
        default: return self
        }
    }
}

extension AuthenticationMethod {
    fileprivate var withoutID: AuthenticationMethod {
        var method = self
        method.id = nil
        return method
    }
}

extension [AuthenticationMethod] {
    fileprivate mutating func removeIDs() { self = map(\.withoutID) }
}
