// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

@Suite struct SupportWindowTests {
    private func machine(_ release: String) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.release(release)
        try machine.distroInfo()
        return machine
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("1970-12-31", 364), ("2000-02-29", 11016), ("2000-03-01", 11017), ("2026-09-21", 20717),
            ("2100-03-01", 47541),
        ] as [(String, Int)])
    func daysAreCountedByTheCalendar(text: String, day: Int) {
        #expect(CivilDate(text)?.day == day)
    }

    @Test func daysAreThoseOfFoundation() throws {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd"
        for day in stride(from: 0, to: 60_000, by: 13) {
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(day) * 86400))
            #expect(CivilDate(text)?.day == day)
        }
    }

    @Test(
        arguments: [
            "", "2026-9-21", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-06-31", "20260921",
            "2026-09-21 ",
            "2026/09/21", "١٩٧٠-٠١-٠١", "1969-12-31", "tomorrow",
        ] as [String])
    func whatIsNoDayIsRefused(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test func theLastDayHasNoneLeftAndTheNextIsOneTooMany() async throws {
        let machine = try machine("ID=fedora\nVERSION_ID=44\nSUPPORT_END=2026-09-21\n")
        for (now, left) in [(1_789_948_800, 0), (1_790_035_199, 0), (1_790_035_200, -1), (1_789_948_799, 1)]
            as [(Int64, Int)]
        {
            machine.now = now
            #expect(await machine.state(.osSupportDaysLeft) == .known(.integer(left)))
        }
    }

    @Test func debiansLongTermSupportIsNotTheStandardWindow() async throws {
        let machine = try machine("ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n")
        #expect(await machine.state(.osSupportEnd) == .known(.string("2026-07-11")))
    }

    @Test(
        arguments: [
            (#"{"attached": true, "services": [{"name": "esm-infra", "status": "enabled"}]}"#, "2034-04-25"),
            (#"{"attached": true, "services": [{"name": "esm-infra", "status": "disabled"}]}"#, "2029-05-31"),
            (#"{"attached": true, "services": [{"name": "esm-apps", "status": "enabled"}]}"#, "2029-05-31"),
            (#"{"attached": false, "services": [{"name": "esm-infra", "status": "enabled"}]}"#, "2029-05-31"),
            (#"{"services": []}"#, "2029-05-31"), ("{", nil), ("", nil), ("[]", nil),
        ] as [(String, String?)])
    func ubuntusLongerSupportCountsWhereItIsEnabled(status: String, end: String?) async throws {
        let machine = try machine("ID=ubuntu\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\n")
        machine.write(UbuntuProStatus.path, status)
        let state = await machine.state(.osSupportEnd)
        if let end { #expect(state == .known(.string(end))) } else { #expect(state?.isUnknown == true) }
    }

    @Test func whatTheDistributionStatesStandsBeforeTheTable() async throws {
        let machine = try machine("ID=ubuntu\nVERSION_CODENAME=noble\nSUPPORT_END=2030-01-02\n")
        #expect(await machine.state(.osSupportEnd) == .known(.string("2030-01-02")))
    }

    @Test(
        arguments: [
            "ID=fedora\nVERSION_ID=44\nSUPPORT_END=soon\n", "ID=debian\nVERSION_CODENAME=nosuch\n", "ID=debian\n",
            "ID=slackware\n",
            "ID=linuxmint\nID_LIKE=ubuntu\nVERSION_ID=22\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n", "",
        ] as [String])
    func whatIsNotStatedIsUnknown(release: String) async throws {
        let machine = try machine(release)
        #expect(await machine.state(.osSupportEnd)?.isUnknown == true)
        #expect(await machine.state(.osSupportDaysLeft)?.isUnknown == true)
    }

    @Test(arguments: [
        "ID=debian\nVERSION_CODENAME=forky\n", "ID=debian\nVERSION_CODENAME=sid\n", "ID=arch\nBUILD_ID=rolling\n",
    ])
    func whatIsNotReleasedHasNoEnd(release: String) async throws {
        #expect(await (try machine(release)).state(.osSupportEnd)?.isNotApplicable == true)
    }

    @Test(arguments: ["", "version\n", "version,series,release,eol,eol\n", "\u{0}"] as [String])
    func aTableOfOtherColumnsIsRefused(text: String) {
        #expect(DistroInfoTable(parsing: Array(text.utf8)) == nil)
    }

    /// distro-info(1) reads its own copy of the table, so that is the one to compare with.
    @Test(
        .enabled(if: Tool.exists("debian-distro-info"), "distro-info is not installed"),
        arguments: ["debian", "ubuntu"])
    func endsAreThoseOfDistroInfo(distribution: String) async throws {
        let tool = try #require(Tool("\(distribution)-distro-info"))
        let data = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/distro-info/\(distribution).csv"))
        let names = try tool.run(["--all"]).output.split(separator: "\n").map(String.init)
        #expect(names.count > 15)
        for name in names {
            let machine = try MachineFixture()
            machine.now = 1_790_000_000
            machine.release("ID=\(distribution)\nVERSION_CODENAME=\(name)\n")
            machine.write("/usr/share/distro-info/\(distribution).csv", Array(data))
            let days = try tool.run(["--series", name, "--days=eol", "--date=2026-09-21"]).output.trimmed
            let left = await machine.state(.osSupportDaysLeft)
            if let days = days.split(separator: " ").last.flatMap({ Int($0) }) {
                #expect(left == .known(.integer(days)), "\(name)")
            } else {
                #expect(left?.value == nil, "\(name): \(days)")
            }
        }
    }
}
