// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// The different conditions of all rules: what several rules ask for alike is asked once for a request.
struct ConditionTable: Sendable {
    /// An expression, and the places of what stands between its `&&`.
    struct Conjunction: Sendable {
        let expression: ExpressionLanguage.Expression
        let terms: [Int]
    }

    private(set) var conditions: [PreparedRule.Condition] = []
    private(set) var conjunctions: [Conjunction] = []
    private(set) var terms: [ExpressionLanguage.Expression] = []
    private var places: [PreparedRule.Condition: Int] = [:]
    private var conjunctionPlaces: [ExpressionLanguage.Expression: Int] = [:]
    private var termPlaces: [ExpressionLanguage.Expression: Int] = [:]

    init() {}

    /// The place of a condition, the same for all that are alike.
    mutating func index(of condition: PreparedRule.Condition) -> Int {
        if let place = places[condition] { return place }
        places[condition] = conditions.count
        conditions.append(condition)
        return conditions.count - 1
    }

    /// The place of an expression among the conjunctions.
    mutating func index(of expression: ExpressionLanguage.Expression) -> Int {
        if let place = conjunctionPlaces[expression] { return place }
        let terms = expression.conjuncts.map { term in
            if let place = termPlaces[term] { return place }
            termPlaces[term] = self.terms.count
            self.terms.append(term)
            return self.terms.count - 1
        }
        conjunctionPlaces[expression] = conjunctions.count
        conjunctions.append(Conjunction(expression: expression, terms: terms))
        return conjunctions.count - 1
    }
}
