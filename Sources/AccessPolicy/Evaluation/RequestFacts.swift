// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// A request made ready for many conditions: what several ask for is worked out once, and only if one asks.
struct RequestFacts {
    let request: AccessRequest
    let table: ConditionTable
    private let groups: Set<String>?
    private let zones: ZoneTable
    private var zoneOutcomes: [String: ConditionOutcome] = [:]
    /// What is known so far of each condition, and of each term of the expressions.
    private var conditionAnswers: [Answer]
    private var termAnswers: [Answer]
    private var reasons: [Int: String] = [:]
    private var context: ExpressionContext?

    /// An outcome in a byte: what is asked a thousand times is to be looked up quickly.
    private enum Answer: UInt8 {
        case notAsked, match, noMatch, undecided
    }

    init(_ request: AccessRequest, _ zones: ZoneTable, _ table: ConditionTable) {
        self.request = request
        self.zones = zones
        self.table = table
        groups = request.user?.groups.map { Set($0.map(\.id)) }
        conditionAnswers = Array(repeating: .notAsked, count: table.conditions.count)
        termAnswers = Array(repeating: .notAsked, count: table.terms.count)
    }

    /// What the condition at a place of the table comes to.
    mutating func outcome(at place: Int) -> ConditionOutcome {
        switch conditionAnswers[place] {
        case .match: return .match
        case .noMatch: return .noMatch
        case .undecided: return .undecided(reasons[place] ?? "")
        case .notAsked: break
        }
        let outcome = outcome(of: table.conditions[place])
        switch outcome {
        case .match: conditionAnswers[place] = .match
        case .noMatch: conditionAnswers[place] = .noMatch
        case .undecided(let reason):
            conditionAnswers[place] = .undecided
            reasons[place] = reason
        }
        return outcome
    }

    private mutating func outcome(of condition: PreparedRule.Condition) -> ConditionOutcome {
        switch condition {
        case .risk(let level):
            return ConditionOutcome(
                request.risk.level.map { $0 == level }, orUndecided: "the level of risk is not known")
        case .registered(let value):
            return ConditionOutcome(
                request.device.registered.map { $0 == value },
                orUndecided: "whether the device is registered is not known")
        case .managed(let value):
            return ConditionOutcome(
                isManaged.map { $0 == value }, orUndecided: "whether the device is managed is not known")
        case .platform(let platform): return platform.outcome(for: request.device)
        case .userType(let types): return userType(types)
        case .people(let users, let groups): return people(users, groups)
        case .network(let ids): return network(ids)
        case .assurance(let policies): return assurance(policies)
        case .unrecognized(let name): return .undecided("\(name) is not known to this verifier")
        case .expression(let place): return expression(place)
        }
    }

    /// A device that is not registered is not managed.
    private var isManaged: Bool? { request.device.registered == false ? false : request.device.managed }

    private func userType(_ types: PreparedRule.IDs) -> ConditionOutcome {
        guard let type = request.user?.type else { return .undecided("the type of the user is not known") }
        return ConditionOutcome(
            (types.include.isEmpty || types.includeSet.contains(type)) && !types.excludeSet.contains(type))
    }

    private func people(_ users: PreparedRule.IDs, _ groups: PreparedRule.IDs) -> ConditionOutcome {
        let excluded = isUser(in: users.excludeSet).or(isMember(of: groups.excludeSet))
        let everybody = users.include.isEmpty && groups.include.isEmpty
        let included = everybody ? .match : isUser(in: users.includeSet).or(isMember(of: groups.includeSet))
        return excluded.negated.and(included)
    }

    func isUser(in ids: Set<String>) -> ConditionOutcome {
        if ids.isEmpty { return .noMatch }
        return ConditionOutcome(request.user?.id.map(ids.contains), orUndecided: "who signs in is not known")
    }

    func isMember(of ids: Set<String>) -> ConditionOutcome {
        if ids.isEmpty { return .noMatch }
        return ConditionOutcome(
            groups.map { !$0.isDisjoint(with: ids) }, orUndecided: "the person's groups are not known")
    }

    private mutating func network(_ ids: PreparedRule.IDs) -> ConditionOutcome {
        let excluded = isInOne(of: ids.exclude)
        if excluded == .match { return .noMatch }
        return excluded.negated.and(ids.include.isEmpty ? .match : isInOne(of: ids.include))
    }

    mutating func isInOne(of ids: [String]) -> ConditionOutcome {
        var result = ConditionOutcome.noMatch
        for id in ids {
            result = result.or(zone(id))
            if result == .match { break }
        }
        return result
    }

    private mutating func zone(_ id: String) -> ConditionOutcome {
        if let outcome = zoneOutcomes[id] { return outcome }
        let outcome = zones.outcome(of: id, for: request.network)
        zoneOutcomes[id] = outcome
        return outcome
    }

    private func assurance(_ policies: [String]) -> ConditionOutcome {
        // What is not registered was never judged, and so meets no policy.
        if request.device.registered == false { return .noMatch }
        return .any(policies) { id in
            switch request.device.assurance[id] {
            case .compliant, .inGracePeriod: .match
            case .notCompliant: .noMatch
            case .indeterminate(let reason): .undecided("\(id): \(reason)")
            case nil: .undecided("\(id): nothing is known of this device assurance policy")
            }
        }
    }

    private mutating func expression(_ place: Int) -> ConditionOutcome {
        let conjunction = table.conjunctions[place]
        for term in conjunction.terms {
            if termAnswers[term] == .notAsked { termAnswers[term] = answer(table.terms[term]) }
            switch termAnswers[term] {
            case .match: continue
            case .noMatch: return .noMatch
            // The whole says where in it nobody can tell, and why.
            case .undecided, .notAsked: return whole(conjunction.expression)
            }
        }
        return .match
    }

    private mutating func answer(_ term: ExpressionLanguage.Expression) -> Answer {
        switch term.condition(in: expressionContext()) {
        case .success(true): .match
        case .success(false): .noMatch
        case .failure: .undecided
        }
    }

    private mutating func whole(_ expression: ExpressionLanguage.Expression) -> ConditionOutcome {
        switch expression.condition(in: expressionContext()) {
        case .success(let value): ConditionOutcome(value)
        case .failure(let error): .undecided("\(error)")
        }
    }

    private mutating func expressionContext() -> ExpressionContext {
        if let context { return context }
        let made = ExpressionContext(request)
        context = made
        return made
    }
}
