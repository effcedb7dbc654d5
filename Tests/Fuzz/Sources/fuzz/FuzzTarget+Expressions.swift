// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import ExpressionLanguage

extension FuzzTarget {
    /// The conditions that administrators write.
    static let expressionTargets: [String: Body] = [
        "expression": { input in
            let text = String(decoding: input, as: UTF8.self)
            guard let expression = try? Expression(parsing: text) else { return }
            expect(expression.source.utf8.elementsEqual(text.utf8), "an expression keeps its text")
            let value = expression.evaluate(in: expressionContext)
            if case .success(let value) = value {
                expect(value.weight <= 64 * ExpressionLimits.steps, "a value is bounded")
            }
            expect(expression.evaluateTree(in: expressionContext) == value, "a plan has the value of its tree")
            _ = expression.condition(in: expressionContext)
            for problem in expression.check() {
                expect(problem.position.offset <= text.utf8.count, "a problem lies in the text")
            }
            for lint in expression.lints() {
                expect(lint.position.offset <= text.utf8.count, "a lint lies in the text")
            }
        },
        "time-pattern": { input in
            let parts = String(decoding: input, as: UTF8.self).split(separator: "\n", maxSplits: 1).map(String.init)
            guard parts.count == 2, let pattern = try? TimePattern(parts[0]), let time = pattern.parse(parts[1])
            else { return }
            expect(ExpressionTime.range.contains(time.seconds), "a time lies in the years 1 to 9999")
            _ = pattern.format(time)
            // Clocks of some zones show another year than 1 to 9999 at the very ends.
            guard
                (ExpressionTime.range.lowerBound + 86_400...ExpressionTime.range.upperBound - 86_400)
                    .contains(time.seconds)
            else { return }
            expect(ExpressionTime(iso8601: time.iso8601) != nil, "a time can be read that was written")
        },
    ]

    private static let expressionContext = ExpressionContext(
        roots: [
            "user": ["id": "00u1", "profile": ["login": "alice@example.com", "title": nil, "level": .integer(7)]],
            "device": ["profile": ["managed": true, "osVersion": "12.10"]],
            "list": ["a", .integer(1), .long(1), .decimal(1.5), nil, ["b", ["c"]]],
            "session": ["amr": ["pwd", "hwk"]],
        ],
        groups: [
            GroupMembership(id: "00g1", name: "Everyone", type: .builtIn),
            GroupMembership(id: "00g2", name: "West Coast", sourceID: "0oa1"),
        ],
        internalProperties: ["status": "ACTIVE"], linkedObjects: ["manager": ["id": "00u9"]],
        now: ExpressionTime(seconds: 1_788_609_600))
}
