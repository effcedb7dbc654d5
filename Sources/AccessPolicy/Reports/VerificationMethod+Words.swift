// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension VerificationMethod {
    /// What is asked for, in a line.
    public var words: String {
        switch self {
        case .assurance(let method): method.words
        case .chains(let chains):
            chains.chains.map { chain in
                chain.steps.map { step in step.map(\.words).joined(separator: " or ") }.joined(separator: ", then ")
            }.joined(separator: "; or ") + age(chains.reauthenticateIn)
        case .identityProofing: "identity proofing by a third party"
        case .unrecognized(let type, _): "a method of type \(type), which is not known here"
        }
    }

    private func age(_ duration: PolicyDuration?) -> String { duration?.words ?? "" }
}

extension PolicyDuration {
    fileprivate var words: String { isEveryTime ? ", every time" : ", again after \(text)" }
}

extension AssuranceMethod {
    fileprivate var words: String {
        let factors = factorMode == .one ? "one factor" : "two factors"
        let kinds = constraints.map(\.words).filter { !$0.isEmpty }
        let constrained = kinds.isEmpty ? "" : " (\(kinds.joined(separator: "; or ")))"
        let unused = inactivityPeriod.map { ", again after \($0.text) without use" } ?? ""
        return factors + constrained + (reauthenticateIn?.words ?? "") + unused
    }
}

extension FactorConstraints {
    fileprivate var words: String {
        [knowledge.map { "knowledge\($0.words)" }, possession.map { "possession\($0.words)" }].compactMap(\.self)
            .joined(separator: " and ")
    }
}

extension FactorConstraint {
    fileprivate var words: String {
        var parts: [String] = []
        if !authenticationMethods.isEmpty {
            parts.append("by \(authenticationMethods.map(\.words).joined(separator: " or "))")
        }
        if !methods.isEmpty { parts.append("by \(methods.map(\.rawValue).joined(separator: " or "))") }
        if !types.isEmpty { parts.append("of type \(types.map(\.rawValue).joined(separator: " or "))") }
        if !excludedAuthenticationMethods.isEmpty {
            parts.append("not by \(excludedAuthenticationMethods.map(\.words).joined(separator: ", "))")
        }
        parts += traits.words
        if userMayBeAbsent { parts.append("without a prompt") }
        if let reauthenticateIn { parts.append(String(reauthenticateIn.words.dropFirst(2))) }
        return parts.isEmpty ? "" : " " + parts.joined(separator: ", ")
    }

    private var userMayBeAbsent: Bool { traits.userPresence == .optional }
}

extension AuthenticationMethod {
    fileprivate var words: String {
        ([[key.rawValue, method?.rawValue].compactMap(\.self).joined(separator: " ")] + traits.words)
            .joined(separator: ", ")
    }
}

extension RequiredTraits {
    fileprivate var words: [String] {
        var words: [String] = []
        if phishingResistant == .required { words.append("phishing-resistant") }
        if hardwareProtection == .required { words.append("in hardware") }
        if deviceBound == .required { words.append("bound to a device") }
        if userVerification == .required {
            let methods = userVerificationMethods.map(\.rawValue).joined(separator: " or ")
            words.append(methods.isEmpty ? "with user verification" : "with user verification by \(methods)")
        }
        return words
    }
}
