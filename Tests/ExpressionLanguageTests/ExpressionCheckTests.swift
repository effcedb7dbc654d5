// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ExpressionLanguage
import Testing

/// What is seen before an evaluation.
@Suite struct ExpressionCheckTests {
    private func problems(_ source: String) throws -> [ExpressionProblem] { try Expression(parsing: source).check() }

    @Test(arguments: [
        "user.profile.department == 'Sales'", "user.profile.ourOwnAttribute == 'x'", "user.profile.flag && true",
        "device.profile.firewall == true", "device.provider.zta.overall >= 80", "session.amr.contains('hwk')",
        "security.behaviors.contains('New Device')", "user.getGroups().![profile.name].contains('x')",
        "user.isMemberOf({'group.id': {'00g1'}})", "user.created.parseStringTime().withinDays(3)",
        "DateTime.now().minusDays(1) < user.lastLogin.parseStringTime()", "user.getLinkedObject('manager').id == 'x'",
        "accessRequest.authenticator.key == 'okta_verify' || accessRequest.operation == 'recover'",
        "device.provider.azt.anything == 1", "user.profile.countryCode.parseCountryCode().toAlpha2() == 'DE'",
        "(user.profile.title ?: 'none') == 'none'", "user['profile']['department'] == 'Sales'",
        "user.profile.department.substringBefore(' ')[0] == 'S'",
    ])
    func whatMayBeMeantHasNoProblems(_ source: String) throws {
        #expect(try problems(source) == [])
    }

    @Test(arguments: [
        ("usr.profile.department == 'x'", 0, "did you mean user?"),
        ("user.profil.department == 'x'", 4, "did you mean profile?"),
        ("device.provider.wsc.firewall == 'GOOD'", 19, "did you mean fireWall?"),
        ("device.provider.wcs.fireWall == 'GOOD'", 15, "did you mean wsc?"),
        ("security.risk.lvel == 'LOW'", 13, "did you mean level?"),
        ("device['profile'].managed && device['asurance'].x == 1", 35, "did you mean assurance?"),
        ("user.getGroups().![nam].isEmpty()", 19, "there are: id, profile, source, type"),
    ])
    func anUnknownNameHasItsPlaceAndASuggestion(_ source: String, _ offset: Int, _ hint: String) throws {
        let problem = try #require(try problems(source).first)
        #expect(problem.kind == .unknownName)
        #expect(problem.position.offset == offset)
        #expect(problem.hint == hint)
    }

    @Test(arguments: [
        ("user.profile.department", ExpressionProblem.Kind.wrongResult), ("'x'", .wrongResult), ("1 + 2", .wrongResult),
        ("user.profile.department && true", .wrongType), ("!device.provider.zta.overall", .wrongType),
        ("user.id ? true : false", .wrongType), ("user.id > 5", .wrongType), ("{1} < {2}", .wrongType),
        ("session.amr < 'a'", .wrongType), ("(user.id - 1) == 2", .wrongType), ("-user.id == 1", .wrongType),
        ("('a' + {1}) == 'a1'", .wrongType), ("session.amr[session.id] == 'x'", .wrongType),
        ("user.id.length == 3", .wrongType), ("session.amr.name == 'x'", .wrongType),
        ("user.id.![x].isEmpty()", .wrongType), ("user.id.lenght() == 3", .unknownFunction),
        ("session.amr.length() == 3", .unknownFunction), ("user.id.contains(3)", .wrongArguments),
        ("user.id.substring('a') == 'x'", .wrongArguments), ("user.isMemberOf('00g1')", .wrongArguments),
        ("user.isMemberOf()", .wrongArguments), ("user.getInternalProperty() == 1", .wrongArguments),
    ])
    func aTypeThatCannotBeMeantIsAProblem(_ source: String, _ kind: ExpressionProblem.Kind) throws {
        #expect(try problems(source).map(\.kind) == [kind])
    }

    @Test func customAttributesCanBeDeclared() throws {
        var schema = ExpressionSchema.identityEngine
        schema.roots["user"] = .object(["profile": .object(["badge": .value(.number)])])
        #expect(try Expression(parsing: "user.profile.badge > 3").check(against: schema) == [])
        #expect(
            try Expression(parsing: "user.profile.bagde > 3").check(against: schema).map(\.hint) == [
                "did you mean badge?"
            ])
        #expect(
            try Expression(parsing: "user.profile.badge == 'x'").lints(against: schema).map(\.kind) == [.differentTypes]
        )
    }

    @Test func aValueIsCheckedForTheTypeThatIsAskedFor() throws {
        let expression = try Expression(parsing: "user.profile.login.substringBefore('@')")
        #expect(expression.check(expecting: .string) == [])
        #expect(expression.check(expecting: .any) == [])
        #expect(expression.check().map(\.kind) == [.wrongResult])
    }

    @Test func placesCountLinesAndColumns() throws {
        let problem = try #require(try problems("user.id == 'é' &&\n  usr.id == 'x'").first)
        #expect(problem.position.line == 2)
        #expect(problem.position.column == 3)
        #expect(problem.description == "line 2, column 3: there is no usr")
    }
}
