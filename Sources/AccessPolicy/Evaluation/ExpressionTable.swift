// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// The different expressions of all policies.
struct ExpressionTable: Sendable {
    private(set) var expressions: [ExpressionLanguage.Expression] = []
    private var places: [ExpressionLanguage.Expression: Int] = [:]

    init() {}

    /// The place of an expression, the same for all that are written alike.
    mutating func index(of expression: ExpressionLanguage.Expression) -> Int {
        if let place = places[expression] { return place }
        places[expression] = expressions.count
        expressions.append(expression)
        return expressions.count - 1
    }
}
