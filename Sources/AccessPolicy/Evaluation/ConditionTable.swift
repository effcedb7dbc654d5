// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// The different conditions of all rules: what several rules ask for alike is asked once for a request.
///
/// Ids that rules name have places, too, so that a request's own ids are looked up once, and not once a rule.
struct ConditionTable: Sendable {
    private(set) var conditions: [PreparedRule.Condition] = []
    /// The expressions, whole.
    private(set) var expressions: [ExpressionLanguage.Expression] = []
    /// The places in ``termPlaces`` of what stands between each expression's `&&`.
    private(set) var conjuncts: [Range<Int>] = []
    /// The places of terms, expression after expression.
    private(set) var termPlaces: [Int] = []
    private(set) var terms: [ExpressionLanguage.Expression] = []
    private var places: [PreparedRule.Condition: Int] = [:]
    private var expressionPlaces: [ExpressionLanguage.Expression: Int] = [:]
    private var knownTerms: [ExpressionLanguage.Expression: Int] = [:]
    private var idPlaces: [String: Int] = [:]

    init() {}

    /// How many different ids rules name.
    var idCount: Int { idPlaces.count }

    /// The place of an id that a rule names; `nil` for one that none does.
    func place(ofID id: String) -> Int? { idPlaces[id] }

    /// The place of an id, a new one where it has none.
    mutating func index(ofID id: String) -> Int {
        if let place = idPlaces[id] { return place }
        let place = idPlaces.count
        idPlaces[id] = place
        return place
    }

    /// The place of a condition, the same for all that are alike.
    mutating func index(of condition: PreparedRule.Condition) -> Int {
        if let place = places[condition] { return place }
        places[condition] = conditions.count
        conditions.append(condition)
        return conditions.count - 1
    }

    /// The place of an expression.
    mutating func index(of expression: ExpressionLanguage.Expression) -> Int {
        if let place = expressionPlaces[expression] { return place }
        let first = termPlaces.count
        for term in expression.conjuncts { termPlaces.append(index(ofTerm: term)) }
        expressionPlaces[expression] = expressions.count
        conjuncts.append(first..<termPlaces.count)
        expressions.append(expression)
        return expressions.count - 1
    }

    private mutating func index(ofTerm term: ExpressionLanguage.Expression) -> Int {
        if let place = knownTerms[term] { return place }
        knownTerms[term] = terms.count
        terms.append(term)
        return terms.count - 1
    }
}
