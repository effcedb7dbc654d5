// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

/// What pacman's lists tell of security: nothing, but where there is nothing newer at all.
@Suite struct PacmanUpdatesTests {
    private static let lists = ["core": "bash-5.2.037-1/\nbash-5.2.037-1/desc\n", "extra": "gtk-4-1:4.20-2/\n"]

    /// An Arch that has these packages; what the lists of its two repositories have.
    private func machine(_ packages: [String], lists: [String: String] = lists, age: Int64 = 3600) throws
        -> MachineFixture
    {
        let machine = try MachineFixture()
        machine.release("ID=arch\nBUILD_ID=rolling\n")
        try machine.pacman(packages, lists: lists, age: age)
        let settings = "[options]\nArchitecture = auto\n#[testing]\n[core]\nInclude = /x\n[extra]\n"
        machine.write(PacmanUpdates.settings, settings)
        machine.write("/x", "# servers\nServer = https://mirror.example/$repo/os/$arch\n")
        return machine
    }

    private func pending(_ machine: MachineFixture) async -> SignalState? {
        await machine.state(.securityUpdatesPending)
    }

    @Test func nothingNewerIsNothingOfSecurity() async throws {
        let machine = try machine(["bash-5.2.037-1", "gtk-4-1:4.20-2", "from-elsewhere-1.0-1"])
        #expect(await pending(machine) == .known(.integer(0)))
        #expect(await machine.state(.securityUpdatesHeld) == .known(.integer(0)))
        #expect(await machine.state(.securityUpdatesAge) == .known(.integer(1)))
        #expect(await machine.reading(.securityUpdatesPending)?.evidence.contains("of no repository: 1") == true)
    }

    @Test(arguments: ["bash-5.2.036-1", "gtk-4-4.99-1", "gtk-4-1:4.20-1"])
    func whatIsNewerMayBeOfSecurityOrNot(package: String) async throws {
        let machine = try machine([package])
        #expect(await pending(machine)?.reason?.hasPrefix("1 packages have updates") == true)
        #expect(await machine.state(.securityUpdatesAge) == .known(.integer(1)))
    }

    @Test func whatIsNewerHereThanThereIsNotOutdated() async throws {
        #expect(await pending(try machine(["bash-5.2.040-1"])) == .known(.integer(0)))
    }

    /// Where two repositories have a package it comes from the first.
    @Test func theFirstRepositoryCounts() async throws {
        let lists = ["core": "bash-5.2.037-1/\n", "extra": "bash-9.9-1/\n"]
        #expect(await pending(try machine(["bash-5.2.037-1"], lists: lists)) == .known(.integer(0)))
    }

    @Test func oldOrMissingListsAreUnknown() async throws {
        #expect(await pending(try machine(["bash-5.2.037-1"], age: 8 * 86400))?.isUnknown == true)
        #expect(await pending(try machine(["bash-5.2.037-1"], age: -2 * 86400))?.isUnknown == true)
        let partial = await pending(try machine(["bash-5.2.037-1"], lists: ["core": "bash-5.2.037-1/\n"]))
        #expect(partial == .unknown(reason: "pacman has not fetched all of its lists: run pacman -Syu"))
    }

    /// What is known of all lists is as old as the oldest.
    @Test func theOldestListCounts() async throws {
        let machine = try machine(["bash-5.2.037-1"])
        let core = try #require(PacmanRepositoryName("core"))
        func age(_ seconds: Int64) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(machine.now - seconds))],
                ofItemAtPath: machine.root + core.path)
        }
        try age(3 * 86400)
        #expect(await machine.state(.securityUpdatesAge) == .known(.integer(72)))
        try age(8 * 86400)
        #expect(await pending(machine)?.isUnknown == true)
    }

    @Test(arguments: ["[testing]\nServer = x\n", " [testing] \n", "Include = /y\n", nil])
    func whatIsTakenInMayHaveNoRepository(text: String?) async throws {
        let machine = try machine(["bash-5.2.037-1"])
        #expect(await pending(machine) == .known(.integer(0)))
        if let text {
            machine.write("/x", text)
        } else {
            try FileManager.default.removeItem(atPath: machine.root + "/x")
        }
        #expect(await pending(machine)?.isUnknown == true)
    }

    @Test(arguments: ["Include = /etc/pacman.d/*.conf", "include=x", "Include =", "Include"])
    func whatIsTakenInByAPatternIsUnknown(line: String) async throws {
        let machine = try machine(["bash-5.2.037-1"])
        machine.write(PacmanUpdates.settings, "[core]\n\(line)\n[extra]\n")
        #expect(await pending(machine)?.isUnknown == true)
    }

    @Test(arguments: ["", "bash", "bash-5.2/\n", "\u{0}\n", "-1-1/\n"])
    func aListThatIsNoneIsUnknown(text: String) async throws {
        let lists = ["core": text, "extra": "gtk-4-1:4.20-2/\n"]
        #expect(await pending(try machine(["bash-5.2.037-1"], lists: lists))?.isUnknown == true)
    }

    @Test(arguments: ["../../etc/shadow", "-o", "", "a b", ".hidden", String(repeating: "a", count: 65)])
    func whatIsNoRepositoryIsNotGivenToTheTool(name: String) async throws {
        #expect(PacmanRepositoryName(name) == nil)
        let machine = try machine(["bash-5.2.037-1"])
        machine.write(PacmanUpdates.settings, "[\(name)]\n")
        #expect(await pending(machine)?.isUnknown == true)
    }

    /// The order that vercmp(8) gives, and what stands in pacman's own description of epochs and releases.
    @Test func versionsAreInPacmansOrder() throws {
        let orders = [
            ["1.0a", "1.0b", "1.0beta", "1.0p", "1.0pre", "1.0rc", "1.0", "1.0.a", "1.0.1"],
            ["1", "1.0", "1.1", "1.1.1", "1.2", "2.0", "3.0.0"], ["9.9-9", "1:0.1-1", "2:0"],
            ["1.5-1", "1.5-2", "1.5-10"], ["1.001", "1.2"], ["1.0_1", "1.0.2"],
        ]
        for order in orders {
            let versions = try order.map { try #require(PacmanVersion($0)) }
            for (index, version) in versions.enumerated() {
                #expect(version == version)
                for later in versions[(index + 1)...] {
                    #expect(version < later)
                    #expect(!(later < version))
                }
            }
        }
        #expect(PacmanVersion("1.5") == PacmanVersion("1.5-1"))
        #expect(PacmanVersion("1.0.") != PacmanVersion("1.0"))
    }

    /// Archives as pacman fetches them, by the program that is run on them; and what pacman itself says of them.
    @Test(
        .enabled(if: Tool.exists("bsdtar") && Tool.exists("pacman"), "pacman or bsdtar is not installed"),
        arguments: 0..<4)
    func updatesAreThoseOfPacman(seed: UInt64) throws {
        var random = LinearRandom(state: seed)
        let machine = try MachineFixture()
        let parts = [
            "1", "2", "10", "1.0", "1.0rc1", "1.0.r3.gabc", "2.0beta", "1:0.9", "20240101", "1.0a", "1_2", "1.2",
        ]
        var installed: [String: String] = [:]
        machine.write("/db/local/ALPM_DB_VERSION", "9\n")
        for number in 0..<40 {
            let name = "package-\(number)"
            let versions = [0, 1].map { _ in "\(parts[random.next(parts.count)])-\(1 + random.next(3))" }
            installed[name] = versions[0]
            let fields = { (version: String) in
                "%NAME%\n\(name)\n\n%VERSION%\n\(version)\n\n%ARCH%\nany\n\n%CSIZE%\n1\n\n%FILENAME%\n\(name).pkg.tar.zst\n\n"
            }
            machine.write("/db/local/\(name)-\(versions[0])/desc", fields(versions[0]))
            machine.write("/db/local/\(name)-\(versions[0])/files", "%FILES%\n")
            machine.write("/list/\(name)-\(versions[1])/desc", fields(versions[1]))
        }
        try machine.folder("/db/sync")
        let folders = try machine.system.list("/list")
        _ = try Tool.run(
            "/usr/bin/bsdtar", ["-czf", "\(machine.root)/db/sync/core.db", "-C", "\(machine.root)/list"] + folders)
        machine.write(
            "/pacman.conf",
            "[options]\nDBPath = \(machine.root)/db\nRootDir = \(machine.root)\nSigLevel = Never\n[core]\nServer = file:///x\n"
        )
        let theirs = try #require(Tool("pacman")).run(["--config", "\(machine.root)/pacman.conf", "-Qu"]).output
        let list = try Tool.run("/usr/bin/bsdtar", ["-t", "-f", "\(machine.root)/db/sync/core.db"])
        let ours = try #require(PacmanUpdates.outdated(installed, in: Array(list.utf8)))
        #expect(ours.seen.count == 40 && !ours.newer.isEmpty)
        #expect(Set(ours.newer.map(\.description)) == Set(theirs.split(separator: "\n").map(String.init)))
    }
}
