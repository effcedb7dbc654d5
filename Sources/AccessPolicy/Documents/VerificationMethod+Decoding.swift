// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension VerificationMethod {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        // Where it is missing, nobody can tell what is asked for; the least would be a guess that lets people in.
        let type = try node.required("type").string()
        switch type.asciiUppercased {
        case "ASSURANCE": self = .assurance(try AssuranceMethod(node))
        case "AUTH_METHOD_CHAIN": self = .chains(try MethodChains(node))
        case "ID_PROOFING": self = .identityProofing(id: try node.member("id")?.string())
        default: self = .unrecognized(type: type, node.value)
        }
    }
}

extension AssuranceMethod {
    /// The most elements of `constraints`.
    static let maximumConstraints = 50

    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        factorMode = try node.required("factorMode").choice(FactorMode.self)
        reauthenticateIn = try node.member("reauthenticateIn")?.duration()
        inactivityPeriod = try node.member("inactivityPeriod")?.duration()
        constraints = []
        unrecognized = node.demands(
            besides: ["type", "factorMode", "reauthenticateIn", "inactivityPeriod", "constraints"])
        guard let list = node.member("constraints") else { return }
        // An answer of Okta's has one object where the schema has an array.
        let elements = list.value.members == nil ? try list.elements(atMost: Self.maximumConstraints) : [list]
        for element in elements {
            let constraint = try FactorConstraints(element)
            let classes = [constraint.knowledge, constraint.possession].compactMap(\.self).filter(\.isRequired)
            guard classes.count <= factorMode.count else {
                throw element.error("demands more classes of factors than factorMode \(factorMode.rawValue) has")
            }
            constraints.append(constraint)
        }
    }
}

extension FactorConstraints {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        knowledge = try node.member("knowledge").map { (constraint) throws(PolicyDocumentError) in
            try FactorConstraint(constraint, isPossession: false)
        }
        possession = try node.member("possession").map { (constraint) throws(PolicyDocumentError) in
            try FactorConstraint(constraint, isPossession: true)
        }
        unrecognized = node.unrecognized(besides: ["knowledge", "possession"])
    }
}

extension FactorConstraint {
    init(_ node: DocumentNode, isPossession: Bool) throws(PolicyDocumentError) {
        try node.object()
        authenticationMethods = try Self.authenticators(node.member("authenticationMethods"))
        excludedAuthenticationMethods = try Self.authenticators(node.member("excludedAuthenticationMethods"))
        methods = try node.member("methods")?.strings(atMost: 100).map { AuthenticatorMethod($0) } ?? []
        types = try node.member("types")?.strings(atMost: 100).map { AuthenticatorType($0) } ?? []
        reauthenticateIn = try node.member("reauthenticateIn")?.duration()
        required = try node.member("required")?.boolean()
        if isPossession { traits = try RequiredTraits(node) }
        unrecognized = node.demands(
            besides: [
                "authenticationMethods", "excludedAuthenticationMethods", "methods", "types", "reauthenticateIn",
                "required",
            ] + (isPossession ? RequiredTraits.members : []))
    }

    private static func authenticators(_ node: DocumentNode?) throws(PolicyDocumentError) -> [AuthenticationMethod] {
        guard let node else { return [] }
        // Okta's own examples have a single one without brackets.
        if node.value.members != nil { return [try AuthenticationMethod(node)] }
        return try node.elements(atMost: 100).map { (element) throws(PolicyDocumentError) in
            try AuthenticationMethod(element)
        }
    }
}

extension AuthenticationMethod {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        key = AuthenticatorKey(try node.required("key").string())
        method = try node.member("method").map { (method) throws(PolicyDocumentError) in
            AuthenticatorMethod(try method.string())
        }
        id = try node.member("id")?.string()
        traits = try RequiredTraits(node)
        unrecognized = node.demands(besides: ["key", "method", "id"] + RequiredTraits.members)
    }
}

extension RequiredTraits {
    static let members = [
        "deviceBound", "hardwareProtection", "phishingResistant", "userPresence", "userVerification",
        "userVerificationMethods",
    ]

    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        deviceBound = try node.member("deviceBound")?.choice(Requirement.self)
        hardwareProtection = try node.member("hardwareProtection")?.choice(Requirement.self)
        phishingResistant = try node.member("phishingResistant")?.choice(Requirement.self)
        userPresence = try node.member("userPresence")?.choice(Requirement.self)
        userVerification = try node.member("userVerification")?.choice(Requirement.self)
        let methods = node.member("userVerificationMethods")
        userVerificationMethods =
            try methods?.elements(atMost: 10).map { (method) throws(PolicyDocumentError) in
                try method.choice(UserVerificationMethod.self)
            } ?? []
        if let methods, !userVerificationMethods.isEmpty, userVerification != .required {
            throw methods.error("says how, where userVerification is not REQUIRED")
        }
    }
}

extension MethodChains {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.refuseUnrecognized(besides: ["type", "chains", "reauthenticateIn"])
        reauthenticateIn = try node.member("reauthenticateIn")?.duration()
        let list = try node.required("chains")
        let elements = try list.elements(atMost: Self.maximumChains)
        guard !elements.isEmpty else { throw list.error("names no chain") }
        chains = try elements.map { (element) throws(PolicyDocumentError) in try Chain(element) }
        if reauthenticateIn != nil, chains.contains(where: { $0.reauthenticateIn != nil }) {
            throw node.error("has reauthenticateIn beside a chain that has it too; keep one of the two")
        }
    }
}

extension MethodChains.Chain {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        steps = []
        reauthenticateIn = try node.member("reauthenticateIn")?.duration()
        var next: DocumentNode? = node
        while let step = next {
            guard steps.count < MethodChains.maximumSteps else {
                throw step.error("is step \(steps.count + 1); a chain has \(MethodChains.maximumSteps) at most")
            }
            // How long a step's own proof counts is nothing that is kept here; left out, it would count longer.
            try step.object()
            try step.refuseUnrecognized(
                besides: steps.isEmpty
                    ? ["authenticationMethods", "next", "reauthenticateIn"] : ["authenticationMethods", "next"])
            let list = try step.required("authenticationMethods")
            let methods = try list.elements(atMost: 100).map { (element) throws(PolicyDocumentError) in
                try AuthenticationMethod(element)
            }
            guard !methods.isEmpty else { throw list.error("names no authenticator") }
            steps.append(methods)
            next = try step.member("next")?.elements(atMost: 1).first
        }
    }
}

extension DocumentNode {
    /// The members that are not among the known ones and ask for something: `OPTIONAL` does not.
    func demands(besides known: [String]) -> [JSONMember] {
        unrecognized(besides: Set(known)).filter { member in
            member.value.string.map { $0.asciiUppercased != "OPTIONAL" } ?? (member.value != .boolean(false))
        }
    }
}
