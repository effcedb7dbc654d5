// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ExpressionLanguage
import Testing

@Suite struct ExpressionTests {
    @Test func anExpressionIsEvaluated() throws {
        let expression = try Expression(parsing: "user.profile.department == 'Sales' && !device.profile.managed")
        let context = ExpressionContext(
            roots: ["user": ["profile": ["department": "Sales"]], "device": ["profile": ["managed": false]]],
            now: ExpressionTime(seconds: 0))
        #expect(expression.evaluate(in: context) == .success(true))
    }
}
