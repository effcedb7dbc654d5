// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ExpressionLanguage

/// The short way of usual conditions, which must not differ from the long one.
@Suite struct ConditionPlanTests {
    private static let context = ExpressionContext(
        roots: [
            "user": [
                "profile": [
                    "department": "Sales", "level": .integer(7), "title": nil, "login": "alice@example.com",
                    "sixteenBytes": "0123456789abcdef",
                ],
                "roles": ["a role whose name is long", .integer(7), "admin", "0123456789abcdef"],
            ],
            "device": ["profile": ["managed": true, "registered": false]], "session": ["amr": ["pwd", "hwk"]],
        ], now: ExpressionTime(seconds: 0))

    @Test(arguments: ExpressionVectorTests.all.vectors)
    func aPlanHasTheValueOfItsTree(_ vector: ExpressionVectorTests.Vector) throws {
        guard let expression = try? Expression(parsing: vector.expression) else { return }
        let context = try #require(ExpressionVectorTests.all.contexts[vector.context])
        #expect(expression.evaluate(in: context) == expression.evaluateTree(in: context))
    }

    @Test(arguments: [
        ("user.profile.department + ', ' + user.profile.department == 'Sales, Sales'", true),
        ("user.profile.department.substring(0, 2).toLowerCase() == 'sa'", true),
        ("user.profile.level * 2 + 1 > 14", true),
        ("user.profile.department.contains('ale')", true), ("user.profile.department.contains('alf')", false),
        ("device.profile.managed", true), ("!device.profile.managed", false),
        ("user.profile.department == 'Sales'", true),
        ("user.profile.department != 'Sales'", false), ("user.profile.level > 6 && user.profile.level <= 7", true),
        ("device.profile.registered || session.amr.contains('hwk')", true),
        ("{'Legal', 'Sales'}.contains(user.profile.department)", true),
        ("device.profile.managed ? user.profile.level < 7 : true", false),
        ("device.profile.registered && missing.thing", false),
        ("user.profile.login == 'alice@example.com'", true), ("user.profile.login == 'alice@example.co'", false),
        ("user.profile.login != 'alice@example.co'", true), ("user.profile.sixteenBytes == '0123456789abcdef'", true),
        ("user.profile.sixteenBytes == '0123456789abcdeg'", false), ("user.profile.department == ''", false),
        ("user.roles.contains('admin')", true), ("user.roles.contains('adm')", false),
        ("user.roles.contains('0123456789abcdef')", true), ("user.roles.contains('7')", false),
        ("user.roles.contains('a role whose name is long')", true),
        ("user.roles.contains('a role whose name is lonk')", false),
        ("{'another very long address', 'alice@example.com'}.contains(user.profile.login)", true),
        ("{'another very long address'}.contains(user.profile.login)", false),
        ("{'another very long address', 'Sales'}.contains(user.profile.department)", true),
        ("user.profile.level - 10 == -3", true), ("user.profile.level * 2 != 14", false),
        ("user.profile.level / 2 == 3", true), ("user.profile.level % 2 >= 2", false),
    ])
    func usualConditionsHaveAPlan(_ source: String, _ truth: Bool) throws {
        let expression = try Expression(parsing: source)
        #expect(expression.plan.truth(Self.context.leaves) == truth)
        #expect(expression.evaluateTree(in: Self.context) == .success(.boolean(truth)))
    }

    @Test(arguments: [
        "missing.thing", "device.profile.missing == 'x'", "user.profile.department", "user.profile.title != 'x'",
        "user.profile.department.substring(9) == 'x'", "user.profile.level / 0 == 1",
        "user.profile.level + 1L == 8", "user.profile.department == 7", "user.profile.level == 7.0",
        "user.profile.department > 'A'",
        "missing.thing && device.profile.managed", "missing.thing || device.profile.managed",
    ])
    func aPlanHasNoAnswerWhereTheTreeIsNeeded(_ source: String) throws {
        let expression = try Expression(parsing: source)
        #expect(expression.plan.truth(Self.context.leaves) == nil)
    }

    @Test func namesThatLookLikeAPathAreNone() throws {
        let expression = try Expression(parsing: "device.profile.managed")
        for name in ["profile\u{0}managed", "profile.managed"] {
            let context = ExpressionContext(roots: ["device": .map([name: true])], now: ExpressionTime(seconds: 0))
            #expect(expression.condition(in: context) != .success(true))
        }
        // The Kelvin sign is a K by Unicode's equivalence, and not by its bytes.
        let kelvin = ExpressionContext(roots: ["device": ["\u{212A}": true]], now: ExpressionTime(seconds: 0))
        #expect(try Expression(parsing: "device.K").condition(in: kelvin) != .success(true))
    }

    @Test func aContextThatIsChangedHasItsNewValues() throws {
        var context = Self.context
        context.roots = ["device": ["profile": ["managed": false]]]
        #expect(try Expression(parsing: "device.profile.managed").condition(in: context) == .success(false))
    }
}
