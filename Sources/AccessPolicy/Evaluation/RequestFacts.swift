// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// A request made ready for many conditions: what several ask for is worked out once, and only if one asks.
struct RequestFacts {
    /// An outcome in a byte: what is asked a thousand times is to be looked up quickly.
    private enum Answer: UInt8 {
        case notAsked, match, noMatch, undecided
    }

    let request: AccessRequest
    let table: ConditionTable
    private let zones: ZoneTable
    /// Whether the person is in the group of each place; `nil` where their groups are not known.
    private let isInGroup: [Bool]?
    /// The places of the person and of their type; -1 for one that no rule names.
    private let user: Int?
    private let type: Int?
    /// What is known so far of each condition, of each term of the expressions, and of each zone and device assurance policy.
    private var conditionAnswers: [Answer]
    private var termAnswers: [Answer]
    private var zoneAnswers: [Answer]
    private let assuranceAnswers: [Answer]
    private var reasons: [Int: String] = [:]
    private var context: ExpressionContext?

    init(_ request: AccessRequest, _ zones: ZoneTable, _ table: ConditionTable) {
        self.request = request
        self.zones = zones
        self.table = table
        isInGroup = request.user?.groups.map { groups in
            var isIn = Array(repeating: false, count: table.idCount)
            for group in groups { if let place = table.place(ofID: group.id) { isIn[place] = true } }
            return isIn
        }
        user = request.user?.id.map { table.place(ofID: $0) ?? -1 }
        type = request.user?.type.map { table.place(ofID: $0) ?? -1 }
        conditionAnswers = Array(repeating: .notAsked, count: table.conditions.count)
        termAnswers = Array(repeating: .notAsked, count: table.terms.count)
        zoneAnswers = Array(repeating: .notAsked, count: table.idCount)
        var assurance = Array(repeating: Answer.undecided, count: table.idCount)
        for (id, verdict) in request.device.assurance {
            guard let place = table.place(ofID: id) else { continue }
            switch verdict {
            case .compliant, .inGracePeriod: assurance[place] = .match
            case .notCompliant: assurance[place] = .noMatch
            case .indeterminate: break
            }
        }
        assuranceAnswers = assurance
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
        conditionAnswers[place] = Self.answer(outcome)
        if case .undecided(let reason) = outcome { reasons[place] = reason }
        return outcome
    }

    private static func answer(_ outcome: ConditionOutcome) -> Answer {
        switch outcome {
        case .match: .match
        case .noMatch: .noMatch
        case .undecided: .undecided
        }
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
                request.device.managed.map { $0 == value }, orUndecided: "whether the device is managed is not known")
        case .platform(let platform): return platform.outcome(for: request.device)
        case .userType(let types): return userType(types)
        case .people(let users, let groups): return people(users, groups)
        case .network(let ids): return network(ids)
        case .assurance(let policies): return assurance(policies)
        case .unrecognized(let name): return .undecided("\(name) is not known to this verifier")
        case .expression(let place): return expression(place)
        }
    }

    private func userType(_ types: PreparedRule.IDs) -> ConditionOutcome {
        guard let type else { return .undecided("the type of the user is not known") }
        return ConditionOutcome(
            (types.includePlaces.isEmpty || types.includePlaces.contains(type)) && !types.excludePlaces.contains(type))
    }

    private func people(_ users: PreparedRule.IDs, _ groups: PreparedRule.IDs) -> ConditionOutcome {
        let excluded = isUser(in: users.excludePlaces).or(isMember(of: groups.excludePlaces))
        let everybody = users.includePlaces.isEmpty && groups.includePlaces.isEmpty
        let included = everybody ? .match : isUser(in: users.includePlaces).or(isMember(of: groups.includePlaces))
        return excluded.negated.and(included)
    }

    func isUser(in places: [Int]) -> ConditionOutcome {
        if places.isEmpty { return .noMatch }
        return ConditionOutcome(user.map(places.contains), orUndecided: "who signs in is not known")
    }

    func isMember(of places: [Int]) -> ConditionOutcome {
        if places.isEmpty { return .noMatch }
        guard let isInGroup else { return .undecided("the person's groups are not known") }
        return ConditionOutcome(places.contains { isInGroup[$0] })
    }

    private mutating func network(_ ids: PreparedRule.IDs) -> ConditionOutcome {
        let excluded = isInOne(of: ids.exclude, at: ids.excludePlaces)
        if excluded == .match { return .noMatch }
        return excluded.negated.and(ids.include.isEmpty ? .match : isInOne(of: ids.include, at: ids.includePlaces))
    }

    /// - Parameters:
    ///   - ids: the zones.
    ///   - places: the places of the same.
    mutating func isInOne(of ids: [String], at places: [Int]) -> ConditionOutcome {
        var result = ConditionOutcome.noMatch
        for (id, place) in zip(ids, places) {
            switch zoneAnswers[place] {
            case .match: return .match
            case .noMatch: continue
            // The reason is asked for once more where there is one: that is rare.
            case .undecided, .notAsked:
                let outcome = zones.outcome(of: id, for: request.network)
                zoneAnswers[place] = Self.answer(outcome)
                result = result.or(outcome)
            }
            if result == .match { break }
        }
        return result
    }

    private func assurance(_ policies: PreparedRule.IDs) -> ConditionOutcome {
        // What is not registered was never judged, and so meets no policy.
        if request.device.registered == false { return .noMatch }
        var isUndecided = false
        for place in policies.includePlaces {
            switch assuranceAnswers[place] {
            case .match: return .match
            case .noMatch: continue
            case .undecided, .notAsked: isUndecided = true
            }
        }
        return isUndecided ? undecided(policies.include) : .noMatch
    }

    /// Why nobody can tell whether one of some device assurance policies is met, where none is known to be.
    private func undecided(_ policies: [String]) -> ConditionOutcome {
        .any(policies) { id in
            switch request.device.assurance[id] {
            case .compliant, .inGracePeriod: .match
            case .notCompliant: .noMatch
            case .indeterminate(let reason): .undecided("\(id): \(reason)")
            case nil: .undecided("\(id): nothing is known of this device assurance policy")
            }
        }
    }

    private mutating func expression(_ place: Int) -> ConditionOutcome {
        for position in table.conjuncts[place] {
            let term = table.termPlaces[position]
            if termAnswers[term] == .notAsked { termAnswers[term] = answer(term) }
            switch termAnswers[term] {
            case .match: continue
            case .noMatch: return .noMatch
            // The whole says where in it nobody can tell, and why.
            case .undecided, .notAsked: return whole(table.expressions[place])
            }
        }
        return .match
    }

    private mutating func answer(_ term: Int) -> Answer {
        if context == nil { context = ExpressionContext(request) }
        guard let context else { return .undecided }
        switch table.terms[term].condition(in: context) {
        case .success(true): return .match
        case .success(false): return .noMatch
        case .failure: return .undecided
        }
    }

    private mutating func whole(_ expression: ExpressionLanguage.Expression) -> ConditionOutcome {
        switch expression.condition(in: context ?? ExpressionContext(request)) {
        case .success(let value): ConditionOutcome(value)
        case .failure(let error): .undecided("\(error)")
        }
    }
}
