// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ExpressionLanguage
import Testing

/// What policies ask once for all rules: the operands of an expression's `&&`.
@Suite struct ConjunctsTests {
    @Test(
        arguments: [
            ("user.a", ["user.a"]), ("user.a && user.b", ["user.a", "user.b"]),
            ("user.a and user.b && user.c", ["user.a", "user.b", "user.c"]),
            ("(user.a && user.b) && !user.c", ["user.a", "user.b", "!user.c"]),
            ("user.a && (user.b || user.c)", ["user.a", "(user.b || user.c)"]),
            ("user.a && user.b || user.c", ["user.a && user.b || user.c"]),
            ("user.a == 'ü' && user.b != '&&'", ["user.a == 'ü'", "user.b != '&&'"]),
            ("!(user.a && user.b)", ["!(user.a && user.b)"]),
        ] as [(String, [String])])
    func operandsAreTakenApart(source: String, operands: [String]) throws {
        #expect(try Expression(parsing: source).conjuncts.map(\.source) == operands)
    }

    /// One after the other they come to what the whole does, errors among them.
    @Test(arguments: [nil, true, false] as [Bool?], [nil, true, false] as [Bool?])
    func operandsComeToWhatTheWholeDoes(first: Bool?, second: Bool?) throws {
        var user = ExpressionMap()
        user["a"] = first.map { .boolean($0) }
        user["b"] = second.map { .boolean($0) }
        let context = ExpressionContext(roots: ["user": .map(user)], now: ExpressionTime(seconds: 0))
        let whole = try Expression(parsing: "user.a && user.b")
        var outcome: Bool? = true
        for operand in whole.conjuncts where outcome == true { outcome = try? operand.condition(in: context).get() }
        #expect(outcome == (try? whole.condition(in: context).get()))
    }
}
