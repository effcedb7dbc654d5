// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

/// What a method comes to for proofs: `semantics/verification.json`.
struct VerificationVector: CustomTestStringConvertible, Sendable {
    static let now: Int64 = 1_796_000_000

    let name: String
    let method: VerificationMethod
    let context: VerificationContext
    let expected: String
    let demand: JSONValue?

    var testDescription: String { name }

    static func all() throws -> [VerificationVector] { try loaded.get() }

    private static let loaded = Result {
        try Vectors.json("semantics/verification.json").array!.map { vector in
            var context = VerificationContext(proofs: vector["proofs"]!.array!.map(proof), now: now)
            if let offered = vector["offered"]?.array { context.offered = offered.map(use) }
            if case .integer(let unused)? = vector["unused"] { context.lastUsed = now - unused }
            return VerificationVector(
                name: vector["name"]!.string!,
                method: try VerificationMethod(DocumentNode(vector["method"]!)), context: context,
                expected: vector["expect"]!.string!, demand: vector["demand"])
        }
    }

    private static func use(_ value: JSONValue) -> AuthenticatorUse {
        AuthenticatorUse(AuthenticatorKey(value["key"]!.string!), AuthenticatorMethod(value["method"]!.string!))
    }

    private static func proof(_ value: JSONValue) -> AuthenticatorProof {
        guard case .integer(let age)? = value["age"] else { fatalError("no age") }
        return AuthenticatorProof(
            use(value), aliases: (value["aliases"]?.array ?? []).map(use), id: value["id"]?.string,
            traits: Set(value["traits"]!.array!.map { AuthenticatorTrait(rawValue: $0.string!)! }),
            userVerification: value["userVerification"]?.string.map { UserVerificationMethod(rawValue: $0)! },
            at: now - age, isInThisSignIn: value["fresh"] == .boolean(true))
    }
}

@Suite struct VerificationVectorTests {
    @Test(arguments: try VerificationVector.all())
    func aMethodIsSatisfiedDueOrUnattainable(vector: VerificationVector) throws {
        switch vector.method.state(in: vector.context) {
        case .satisfied: #expect(vector.expected == "satisfied")
        case .unattainable(let reasons):
            #expect(vector.expected == "unattainable")
            #expect(!reasons.isEmpty)
        case .due(let demand):
            #expect(vector.expected == "due")
            if let expected = vector.demand { expect(demand, expected) }
        }
    }

    private func expect(_ demand: ProofDemand, _ expected: JSONValue) {
        let verification = (expected["userVerification"]?.array ?? []).compactMap(\.string)
        #expect(Set(demand.userVerification.map(\.rawValue)) == Set(verification))
        #expect(.boolean(demand.userPresence) == expected["userPresence"])
        #expect(.boolean(demand.hardwareProtected) == expected["hardwareProtected"])
        #expect(.boolean(demand.phishingResistant) == expected["phishingResistant"])
        #expect(demand.isReauthentication == (expected["isReauthentication"] == .boolean(true)))
    }

    /// Whatever is demanded is enough once it is done, and each lesser proof is not.
    @Test(arguments: try VerificationVector.all())
    func whatIsDemandedIsEnough(vector: VerificationVector) throws {
        guard case .due(let demand) = vector.method.state(in: vector.context) else { return }
        var traits: Set<AuthenticatorTrait> = []
        if demand.hardwareProtected { traits.insert(.hardwareProtected) }
        if demand.phishingResistant { traits.insert(.phishingResistant) }
        if demand.userPresence { traits.insert(.userPresence) }
        if demand.requiresUserVerification { traits.insert(.userVerified) }
        for method in demand.requiresUserVerification ? Array(demand.userVerification) : [nil] {
            #expect(state(vector, demand, traits, method) == .satisfied)
            // Who is verified is there, so that presence comes with it.
            for trait in traits where trait != .userPresence || method == nil {
                // Only a key in hardware counts as something else as well.
                if trait == .hardwareProtected, demand.alias != nil { continue }
                let lesser = trait == .userVerified ? nil : method
                #expect(state(vector, demand, traits.subtracting([trait]), lesser) != .satisfied)
            }
        }
    }

    private func state(
        _ vector: VerificationVector, _ demand: ProofDemand, _ traits: Set<AuthenticatorTrait>,
        _ method: UserVerificationMethod?
    ) -> VerificationState {
        var context = vector.context
        context.proofs.append(
            AuthenticatorProof(
                demand.use, aliases: demand.alias.map { [$0] } ?? [], traits: traits, userVerification: method,
                at: context.now, isInThisSignIn: true))
        return vector.method.state(in: context)
    }

    @Test(arguments: try VerificationVector.all())
    func moreProofsNeverTakeAnythingAway(vector: VerificationVector) throws {
        guard vector.method.state(in: vector.context) == .satisfied else { return }
        var context = vector.context
        context.proofs.append(
            AuthenticatorProof(
                AuthenticatorUse(AuthenticatorKey("phone_number"), AuthenticatorMethod("SMS")), at: context.now,
                isInThisSignIn: true))
        #expect(vector.method.state(in: context) == .satisfied)
    }

    @Test(arguments: try VerificationVector.all())
    func methodsSurviveTheWayThroughJSON(vector: VerificationVector) throws {
        #expect(try VerificationMethod(DocumentNode(vector.method.json)) == vector.method)
        #expect(!vector.method.words.isEmpty)
    }
}
