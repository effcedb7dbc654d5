// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import ManagementQueries
import Testing

@Suite struct FilterExpressionTests {
    static let event: ResourceValue = [
        "eventType": "user.session.start", "published": "2026-11-26T07:15:00.000Z", "count": 3, "isTest": false,
        "nothing": .null, "half": .decimal(0.5), "outcome": ["result": "FAILURE", "reason": "the \"key\" is gone"],
        "target": [["type": "User", "id": "00u1"], ["type": "Device", "id": "guo2"]],
    ]

    @Test(arguments: [
        #"eventType eq "user.session.start""#, #"eventType EQ "USER.SESSION.START""#,
        #"outcome.result ne "SUCCESS""#, #"missing ne "x""#, #"not (missing pr)"#, "nothing eq null",
        #"eventType sw "user." and eventType ew "start""#, #"outcome.reason co "\"key\"""#, "count eq 3",
        "count gt 2 and count ge 3 and count lt 4 and count le 3", "half lt 1", "count gt 2.5", "isTest eq false",
        #"target.type eq "Device""#, #"target.id eq "00u1""#, "target.id pr",
        #"published gt "2026-11-26T07:14:59Z""#, #"published eq "2026-11-26T08:15:00+01:00""#,
        #"published ge "2026-11-26""#, #"(count eq 1 or count eq 3) and isTest eq false"#,
        #"count eq 3 or count eq 1 and isTest eq true"#, #"eventType eq "user.session\u002estart""#,
        #"not (count eq 4) and not(count eq 5)"#,
    ])
    func whatFits(_ text: String) throws {
        #expect(try FilterExpression(text).matches(Self.event))
    }

    @Test(arguments: [
        #"eventType eq "other""#, #"missing eq "x""#, "nothing pr", "missing pr", #"count eq "3""#, "count gt 3",
        #"eventType gt 3"#, #"target.type ne "User""#, "isTest eq true", "not (count eq 3)",
        #"published lt "2026-11-26T07:15:00Z""#, #"count eq 3 and (isTest eq true or count eq 4)"#, "missing eq null",
        #"eventType.inner eq "x""#,
    ])
    func whatDoesNot(_ text: String) throws {
        #expect(try !FilterExpression(text).matches(Self.event))
    }

    @Test(arguments: [
        ("", 0), ("eventType", 9), ("eventType eq", 12), ("eventType is \"x\"", 10), ("eventType eq x", 13),
        ("eventType eq \"x", 13), ("(count eq 1", 11), ("count eq 1)", 10), ("count eq 1 count eq 2", 11),
        ("a..b eq 1", 0), ("eq eq", 5), ("count eq 1x", 9), ("count eq \"\\q\"", 10), ("count eq \"\\", 10),
        ("count; eq 1", 5), ("count eq \"\\ud800\"", 10), ("and", 3), ("not count eq 1", 4), ("count eq 1e999", 9),
    ])
    func whatIsNotUnderstoodIsToldWithItsPlace(text: String, offset: Int) throws {
        let error = try #require(throws: FilterError.self) { _ = try FilterExpression(text) }
        #expect(error.offset == offset)
    }

    @Test func aFilterIsBounded() throws {
        let long = "a eq \"" + String(repeating: "x", count: FilterExpression.maximumLength) + "\""
        #expect(throws: FilterError.self) { _ = try FilterExpression(long) }
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a pr" + String(repeating: ")", count: depth)
        }
        #expect(throws: Never.self) { _ = try FilterExpression(nested(FilterExpression.maximumDepth)) }
        #expect(throws: FilterError.self) { _ = try FilterExpression(nested(FilterExpression.maximumDepth + 1)) }
        func chain(_ count: Int) -> String { Array(repeating: "a pr", count: count).joined(separator: " or ") }
        #expect(throws: Never.self) { _ = try FilterExpression(chain(FilterExpression.maximumComparisons)) }
        #expect(throws: FilterError.self) { _ = try FilterExpression(chain(FilterExpression.maximumComparisons + 1)) }
    }
}

@Suite struct PageCursorTests {
    @Test func whatWasMadeIsRead() {
        let cursor = PageCursor(list: "users", id: "00u-_x y")
        #expect(PageCursor(cursor.text) == cursor)
    }

    @Test(arguments: [
        "", "7", "zz", "7573657273", "757365727320", "2061", "00", "75 6", "757365727320610a", "7573657273 20",
    ])
    func whatIsNoCursorIsNone(_ text: String) {
        #expect(PageCursor(text) == nil)
    }

    @Test func aCursorIsBounded() {
        let long = PageCursor(list: "users", id: String(repeating: "x", count: 300))
        #expect(PageCursor(long.text) == nil)
    }
}

@Suite struct InstantTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-26T07:15:00.250Z", 1_795_677_300_250),
            ("2000-02-29", 951_782_400_000),
            ("1969-12-31T23:59:59.999Z", -1), ("2026-11-26T08:15:00+01:00", 1_795_677_300_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] as [(String, Int64)])
    func momentsAreRead(text: String, milliseconds: Int64) throws {
        let instant = try #require(Instant(text))
        #expect(instant.milliseconds == milliseconds)
        #expect(Instant(instant.text) == instant)
        // The calendar of another maker, which rounds before 1970 and is Julian before 1582.
        guard milliseconds >= 0 else { return }
        #expect(
            instant.text
                == Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(
                    .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted)))
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2026-02-29", "2026-00-10", "2026-01-32", "2026-01-01T", "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00.0000000000Z", "+026-01-01",
        "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:00-23:59",
    ])
    func whatIsNoMomentIsNone(_ text: String) {
        #expect(Instant(text) == nil)
    }
}
