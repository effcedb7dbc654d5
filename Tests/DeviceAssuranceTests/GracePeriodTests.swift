// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import Testing

@Suite struct GracePeriodTests {
    @Test(
        arguments: [
            ("P7D", 604_800), ("P30D", 2_592_000), ("PT43800H", 157_680_000), ("P1Y", 31_536_000), ("P1M", 2_592_000),
            ("P2W", 1_209_600), ("PT1M", 60), ("PT1S", 1), ("P0D", 0), ("P1Y2M3W4DT5H6M7S", 38_898_367),
        ] as [(String, Int64)])
    func readsDurations(text: String, seconds: Int64) {
        #expect(ISO8601Duration(text)?.seconds == seconds)
        #expect(ISO8601Duration(text)?.text == text)
    }

    @Test(
        arguments: [
            "", "P", "PT", "P1", "P1DT", "P1H", "PT1D", "P1D1Y", "PT1S1H", "P-1D", "p1d", "P1.5D", "1D", " P1D", "P1D ",
            "P1DT1",
            "P1D1D", "PTT1H", "P9999999999D", "P101Y", "P٧D", "PT1H\n",
        ] as [String])
    func refusesWhatIsNoDuration(text: String) {
        #expect(ISO8601Duration(text) == nil)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600),
            ("2024-09-05T00:00:00.000Z", 1_725_494_400),
            ("2026-12-31T23:59:59Z", 1_798_761_599), ("2026-03-01T00:00:00+01:00", 1_772_319_600),
            ("2026-02-28T18:30:00-05:30", 1_772_323_200), ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("2024-09-05t00:00:00z", 1_725_494_400),
        ] as [(String, Int64)])
    func readsTimes(text: String, seconds: Int64) {
        #expect(Timestamp(text)?.seconds == seconds)
    }

    @Test(
        arguments: [
            "", "2024-09-05", "2024-09-05T00:00:00", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2024-04-31T00:00:00Z", "2024-09-05T24:00:00Z", "2024-09-05T00:60:00Z", "2024-09-05T00:00:00.Z",
            "1969-12-31T23:59:59Z",
            "2024-9-05T00:00:00Z", "2024-09-05 00:00:00Z", "2024-09-05T00:00:00Zx", "2024-09-05T00:00:00+0100", "P7D",
        ] as [String])
    func refusesWhatIsNoTime(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func doesNotOverflow() throws {
        let period = GracePeriod.byDuration(try #require(ISO8601Duration("P100Y")))
        #expect(period.end(firstNonCompliant: .max) == .max)
    }
}
