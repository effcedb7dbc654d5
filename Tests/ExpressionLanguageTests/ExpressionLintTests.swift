// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ExpressionLanguage
import Testing

/// What is almost surely a mistake.
@Suite struct ExpressionLintTests {
    private func lints(_ source: String) throws -> [ExpressionLint.Kind] {
        try Expression(parsing: source).lints().map(\.kind)
    }

    @Test(arguments: [
        "user.profile.department == 'Sales'", "(user.id == 'a' || user.id == 'b') && device.profile.managed",
        "user.id == 'a' || (user.id == 'b' && device.profile.managed)", "!device.profile.managed",
        "device.profile.platform != 'LINUX'", "user.profile.department != 'Sales'",
        "device.profile.osVersion.versionGreaterThan('12.9')", "device.provider.wsc.fireWall == 'GOOD'",
        "user.id == 'a' || user.id == 'b'", "!(user.id == 'a')", "security.risk.level != 'HIGH'",
        "user.profile.ownAttribute == true", "user.profile.city < 'M'", "!session.amr.contains('sms')",
        "'a' + user.id == 'ab'",
    ])
    func whatMayBeMeantIsLeftAlone(_ source: String) throws {
        #expect(try lints(source) == [])
    }

    @Test(arguments: [
        (
            "accessRequest.operation == 'enroll' || accessRequest.operation == 'unenroll' && user.id == 'a'",
            ExpressionLint.Kind.mixedAndOr
        ),
        ("device.provider.wsc.fireWall != 'POOR'", .negativeTest),
        ("!(device.provider.wsc.fireWall == 'POOR')", .negativeTest),
        ("!device.profile.secureHardwarePresent", .negativeTest),
        ("!device.profile.serialNumber.contains('X')", .negativeTest),
        ("'POOR' != device.provider.wsc.fireWall", .negativeTest),
        ("device.profile.osVersion > '12.9'", .versionComparison),
        ("user.profile.agent < '10.2.1'", .versionComparison),
        ("device.profile.managed == 'true'", .differentTypes), ("device.provider.zta.overall == '80'", .differentTypes),
        ("security.risk.level == 'low'", .impossibleValue), ("device.provider.wsc.fireWall == 'OK'", .impossibleValue),
        ("device.profile.serialNumber == null", .nullComparison), ("user.id == user.id", .constantComparison),
        ("1 == 1 && user.id == 'a'", .constantComparison), ("user.id == 'a' && user.id == 'b'", .contradiction),
        ("user.id != 'a' || 'b' != user.id", .contradiction), ("true", .constantExpression),
        ("device.provider.zta.overall * 2 > 100", .notPortable), ("(user.profile.title ?: 'x') == 'x'", .notPortable),
        ("user?.id == 'x'", .notPortable),
    ])
    func aLikelyMistakeIsFound(_ source: String, _ kind: ExpressionLint.Kind) throws {
        #expect(try lints(source) == [kind])
    }

    @Test func notBindsToWhatFollowsIt() throws {
        #expect(try lints("!device.profile.managed == device.profile.registered") == [.notBeforeComparison])
    }

    @Test func everyKindIsShown() throws {
        let sources = [
            "device.provider.wsc.fireWall != 'POOR' || user.id == user.id && device.profile.osVersion > '1.2'",
            "device.profile.managed == 'true' || security.risk.level == 'low'", "user.id == null",
            "user.id == 'a' && user.id == 'b'", "!device.profile.managed == false", "1 - 1 == 0",
        ]
        let found = try sources.flatMap { try lints($0) }
        #expect(Set(found) == Set(ExpressionLint.Kind.allCases))
    }

    @Test func theHintShowsWhatBelongsTogether() throws {
        let lint = try #require(
            try Expression(parsing: "user.id == 'a' || user.id == 'b' && device.profile.managed").lints().first)
        #expect(lint.position.offset == 33)
        #expect(lint.hint?.contains("(user.id == 'b' && device.profile.managed)") == true)
    }
}
