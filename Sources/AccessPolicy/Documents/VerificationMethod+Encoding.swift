// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension VerificationMethod {
    /// The method as Okta's API writes it.
    public var json: JSONValue {
        switch self {
        case .assurance(let method):
            .object(
                of: [
                    ("type", .string("ASSURANCE")), ("factorMode", .string(method.factorMode.rawValue)),
                    ("constraints", .array(method.constraints.map(\.json))),
                    ("reauthenticateIn", method.reauthenticateIn?.json),
                    ("inactivityPeriod", method.inactivityPeriod?.json),
                ] + JSONMember.pairs(method.unrecognized))
        case .chains(let chains):
            .object(of: [
                ("type", .string("AUTH_METHOD_CHAIN")), ("chains", .array(chains.chains.map(\.json))),
                ("reauthenticateIn", chains.reauthenticateIn?.json),
            ])
        case .identityProofing(let id):
            .object(of: [("type", .string("ID_PROOFING")), ("id", id.map(JSONValue.string))])
        case .unrecognized(_, let value): value
        }
    }
}

extension PolicyDuration {
    fileprivate var json: JSONValue { .string(text) }
}

extension FactorConstraints {
    fileprivate var json: JSONValue {
        .object(
            of: [("knowledge", knowledge?.json), ("possession", possession?.json)] + JSONMember.pairs(unrecognized))
    }
}

extension FactorConstraint {
    fileprivate var json: JSONValue {
        let lists: [(String, [JSONValue])] = [
            ("authenticationMethods", authenticationMethods.map(\.json)),
            ("excludedAuthenticationMethods", excludedAuthenticationMethods.map(\.json)),
            ("methods", methods.map { .string($0.rawValue) }), ("types", types.map { .string($0.rawValue) }),
        ]
        return .object(
            of: lists.map { ($0, $1.isEmpty ? nil : .array($1)) } + [
                ("required", required.map(JSONValue.boolean)), ("reauthenticateIn", reauthenticateIn?.json),
            ] + traits.members + JSONMember.pairs(unrecognized))
    }
}

extension AuthenticationMethod {
    fileprivate var json: JSONValue {
        .object(
            of: [
                ("key", .string(key.rawValue)), ("method", (method?.rawValue.asciiLowercased).map(JSONValue.string)),
                ("id", id.map(JSONValue.string)),
            ] + traits.members + JSONMember.pairs(unrecognized))
    }
}

extension RequiredTraits {
    fileprivate var members: [(String, JSONValue?)] {
        let requirements: [(String, Requirement?)] = [
            ("deviceBound", deviceBound), ("hardwareProtection", hardwareProtection),
            ("phishingResistant", phishingResistant), ("userPresence", userPresence),
            ("userVerification", userVerification),
        ]
        let methods = userVerificationMethods.map(\.rawValue)
        return requirements.map { ($0, ($1?.rawValue).map(JSONValue.string)) }
            + [("userVerificationMethods", methods.isEmpty ? nil : .strings(methods))]
    }
}

extension MethodChains.Chain {
    fileprivate var json: JSONValue {
        var next: JSONValue?
        for (index, step) in steps.enumerated().reversed() {
            var members: [(String, JSONValue?)] = [("authenticationMethods", .array(step.map(\.json)))]
            members.append(("next", next.map { .array([$0]) }))
            if index == 0 { members.append(("reauthenticateIn", reauthenticateIn?.json)) }
            next = .object(of: members)
        }
        return next ?? .object([])
    }
}
