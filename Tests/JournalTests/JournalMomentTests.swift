// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Journal

/// Moments as people write them.
@Suite struct JournalMomentTests {
    private static let now: UInt64 = 1_795_687_516_237_188

    @Test(
        "a time ago counts back from now",
        arguments: [("30s", 30), ("10m", 600), ("2h", 7200), ("7d", 604_800), ("0s", 0)] as [(String, UInt64)])
    func ago(text: String, seconds: UInt64) {
        #expect(JournalMoment.parse(text, now: Self.now) == Self.now - seconds * 1_000_000)
    }

    @Test("a local date is its first moment") func dates() throws {
        var parts = DateComponents(calendar: Calendar(identifier: .gregorian), year: 2026, month: 11, day: 26)
        let day = UInt64(try #require(parts.date).timeIntervalSince1970) * 1_000_000
        #expect(JournalMoment.parse("2026-11-26", now: 0) == day)
        #expect(JournalMoment.parse("today", now: day + 5_000_000) == day)
        (parts.hour, parts.minute) = (9, 30)
        let minute = UInt64(try #require(parts.date).timeIntervalSince1970) * 1_000_000
        #expect(JournalMoment.parse("2026-11-26 09:30", now: 0) == minute)
        #expect(JournalMoment.parse("2026-11-26T09:30:15", now: 0) == minute + 15_000_000)
    }

    @Test(
        "anything else is no moment",
        arguments: [
            "", "m", "-1m", "1.5h", "10w", "99999999d", "2026-11-31", "2026-13-01", "yesterday", "2026-11-26 9x",
        ])
    func none(text: String) {
        #expect(JournalMoment.parse(text, now: Self.now) == nil)
    }

    @Test("nothing is before 1970") func early() {
        #expect(JournalMoment.parse("9999999d", now: Self.now) == 0)
    }
}
