// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Testing

@testable import DevicePosture

@Suite struct AptUpdatesTests {
    private static let date = "Mon, 21 Sep 2026 02:11:09 UTC"
    private static let until = "Mon, 28 Sep 2026 02:11:09 UTC"

    private func machine(
        installed: [DebianPackage], stable: [DebianPackage] = [], security: [DebianPackage], date: String = date,
        until: String = until
    ) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.now = 1_790_000_000
        machine.release("ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n")
        machine.dpkg(installed + [DebianPackage("dpkg", "1.21.22")])
        machine.debianSuites("bookworm", date: date, until: until, stable: stable, security: security)
        return machine
    }

    private func pending(_ machine: MachineFixture) async -> SignalState? {
        await machine.state(.securityUpdatesPending)
    }

    @Test func anUpdateThatIsNoneOfSecurityDoesNotCount() async throws {
        let machine = try machine(
            installed: [DebianPackage("bash", "5.2-1")], stable: [DebianPackage("bash", "5.2-2")], security: [])
        #expect(await pending(machine) == .known(.integer(0)))
    }

    @Test func aPhasedUpdateDoesNotCountAndOneOfSecurityDoes() async throws {
        let machine = try TestMachine.ubuntu2404.make()
        #expect(await pending(machine) == .known(.integer(1)))
    }

    @Test func aPackageThatIsHeldBackLacksItsUpdateAllTheSame() async throws {
        let machine = try machine(
            installed: [DebianPackage("curl", "7.88-1", held: true), DebianPackage("bash", "5.2-1")],
            security: [DebianPackage("curl", "7.88-2"), DebianPackage("bash", "5.2-2")])
        #expect(await pending(machine) == .known(.integer(2)))
        #expect(await machine.state(.securityUpdatesHeld) == .known(.integer(1)))
    }

    @Test func whatIsNotInstalledNeedsNoUpdate() async throws {
        let machine = try machine(
            installed: [DebianPackage("bash", "5.2-2")],
            security: [DebianPackage("nginx", "1"), DebianPackage("bash", "5.2-2"), DebianPackage("bash", "5.2-1")])
        let status = try machine.system.text(InstalledPackages.path)
        machine.write(
            InstalledPackages.path, status + "Package: nginx\nStatus: deinstall ok config-files\nVersion: 0\n\n")
        #expect(await pending(machine) == .known(.integer(0)))
    }

    @Test func anArchitectureHasItsOwnUpdates() async throws {
        let machine = try machine(
            installed: [
                DebianPackage("libc6", "2.36-9", "amd64"), DebianPackage("libc6", "2.36-9", "i386"),
                DebianPackage("tzdata", "2024a-1", "all"),
            ],
            security: [
                DebianPackage("libc6", "2.36-10", "amd64"), DebianPackage("tzdata", "2024b-1", "all"),
                DebianPackage("tzdata", "2024b-2", "all"),
            ])
        #expect(await pending(machine) == .known(.integer(2)))
    }

    @Test func aMachineWithoutASecuritySuiteIsUnknownNotUpToDate() async throws {
        #expect(await pending(try TestMachine.ubuntu2604.make())?.isUnknown == true)
    }

    @Test func theSecuritySuiteOfAnotherReleaseDoesNotCount() async throws {
        let machine = try machine(installed: [DebianPackage("bash", "5.2-1")], security: [])
        machine.write("/usr/lib/os-release", "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n")
        #expect(await pending(machine)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("Mon, 21 Sep 2026 02:11:09 UTC", "Mon, 28 Sep 2026 02:11:09 UTC", true),
            ("Mon, 14 Sep 2026 14:13:20 UTC", "Mon, 28 Sep 2026 02:11:09 UTC", true),
            ("Mon, 14 Sep 2026 14:13:19 UTC", "Mon, 28 Sep 2026 02:11:09 UTC", false),
            ("Mon, 21 Sep 2026 02:11:09 UTC", "Mon, 21 Sep 2026 14:13:19 UTC", false),
            ("Wed, 23 Sep 2026 02:11:09 UTC", "Wed, 30 Sep 2026 02:11:09 UTC", false),
            ("yesterday", "Wed, 30 Sep 2026 02:11:09 UTC", false), ("Mon, 21 Sep 2026 02:11:09 UTC", "tomorrow", false),
        ] as [(String, String, Bool)])
    func whatIsOldOrOfTheFutureIsUnknown(date: String, until: String, isFresh: Bool) async throws {
        let machine = try machine(
            installed: [DebianPackage("bash", "5.2-1")], security: [DebianPackage("bash", "5.2-2")], date: date,
            until: until)
        #expect(await pending(machine)?.isUnknown == !isFresh)
        if isFresh { #expect(await pending(machine) == .known(.integer(1))) }
    }

    @Test func aLateUpdateOfTheListsThatSucceededCountsForTheirAge() async throws {
        let machine = try TestMachine.ubuntu2204.make()
        #expect(await pending(machine)?.isUnknown == true)
        machine.write(AptLists.successPath, "")
        var times = [timespec(tv_sec: 1_789_990_000, tv_nsec: 0), timespec(tv_sec: 1_789_990_000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, machine.root + AptLists.successPath, &times, 0) == 0)
        #expect(await pending(machine) == .known(.integer(1)))
        #expect(await machine.state(.securityUpdatesAge) == .known(.integer(2)))
    }

    @Test func aListThatWasCutIsUnknown() async throws {
        let machine = try machine(
            installed: [DebianPackage("bash", "5.2-1"), DebianPackage("curl", "7.88-1")],
            security: [DebianPackage("bash", "5.2-2"), DebianPackage("curl", "7.88-2")])
        let path =
            "/var/lib/apt/lists/deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages"
        let text = try machine.system.text(path)
        // At the end of a package, so that every line of it is whole.
        machine.write(path, String(text.prefix(text.count / 2)).split(separator: "\n\n")[0] + "\n\n")
        #expect(await pending(machine)?.isUnknown == true)
    }

    @Test(arguments: [".lz4", ".gz", ".xz"]) func aCompressedListIsUnknownNotEmpty(suffix: String) async throws {
        let machine = try machine(
            installed: [DebianPackage("bash", "5.2-1")], security: [DebianPackage("bash", "5.2-2")])
        let path =
            "/var/lib/apt/lists/deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages"
        machine.remove(path)
        #expect(await pending(machine)?.isUnknown == true)
        machine.write(path + suffix, [0x04, 0x22, 0x4D, 0x18])
        #expect(await pending(machine)?.isUnknown == true)
    }

    /// APT keeps its lists so where it is told to, as in images for containers; its own tool reads them.
    @Test(arguments: AptListName.endings) func aCompressedListIsReadByAPTsTool(ending: String) async throws {
        let machine = try machine(
            installed: [DebianPackage("bash", "5.2-1")], security: [DebianPackage("bash", "5.2-2")])
        let plain = "deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages"
        let text = try machine.system.read("\(AptLists.folder)/\(plain)")
        machine.remove("\(AptLists.folder)/\(plain)")
        machine.write("\(AptLists.folder)/\(plain)\(ending)", [0x04, 0x22, 0x4D, 0x18])
        let name = try #require(AptListName(plain + ending))
        #expect(name.uncompressed == plain)
        machine.commands = ScriptedCommands(answers: [.readAptList(name): .success(text)])
        #expect(await pending(machine) == .known(.integer(1)))
        // What is decompressed has to be as long as the suite says, too.
        machine.commands = ScriptedCommands(answers: [.readAptList(name): .success([])])
        #expect(await pending(machine)?.isUnknown == true)
        machine.commands = ScriptedCommands(answers: [.readAptList(name): .failure(.ended(status: 100))])
        #expect(await pending(machine)?.reason?.contains("apt-helper") == true)
    }

    @Test(arguments: [
        "../../../etc/shadow_Packages.lz4", "-o_Packages.lz4", "a_Packages", "a_Packages.exe", "a b_Packages.gz", "",
        "a_Packages.gz\n", "/a_Packages.gz", "a_InRelease.gz", String(repeating: "a", count: 255) + "_Packages.gz",
    ])
    func whatIsNoCompressedListIsNotGivenToTheTool(name: String) {
        #expect(AptListName(name) == nil)
    }

    /// Where this machine's own lists are kept compressed, they are as long as their suites say.
    @Test(.enabled(if: access("/usr/lib/apt/apt-helper", X_OK) == 0, "APT is not installed"))
    func thisMachinesCompressedListsAreRead() async throws {
        let view = SystemView(root: "/")
        guard let lists = try? AptLists(for: [], in: view).suites.flatMap(\.lists) else { return }
        for list in lists {
            guard let name = list.compressed else { continue }
            let text = try await SpawningCommandRunner().run(.readAptList(name), environment: [:]).get()
            #expect(text.count == list.size)
            let installed = try InstalledPackages(in: view)
            let whole = AptUpdates(installed: installed, list: [text[...]], architecture: "amd64")
            #expect(whole != nil)
            // As it comes from the tool.
            let lists = [AptLists.List(path: list.path, architecture: "amd64", size: list.size, compressed: name)]
            #expect(try await AptUpdates.read(installed: installed, lists: lists, in: view) == whole)
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1000]) func howATextIsDividedDoesNotMatter(length: Int) throws {
        let machine = try machine(installed: [DebianPackage("zsh", "5.9-4"), DebianPackage("bash", "5")], security: [])
        let installed = try InstalledPackages(in: machine.system)
        let list = Array("Package: bash\nVersion: 5\n\nPackage: zsh\nDescription: a\n b\nVersion: 5.9-5".utf8)
        let pieces = stride(from: 0, to: list.count, by: length).map { list[$0..<min($0 + length, list.count)] }
        #expect(AptUpdates(installed: installed, list: pieces, architecture: "amd64")?.pending == ["zsh:amd64"])
        let broken = list + [10, 0x80, 10] + list
        let others = stride(from: 0, to: broken.count, by: length).map { broken[$0..<min($0 + length, broken.count)] }
        #expect(AptUpdates(installed: installed, list: others, architecture: "amd64") == nil)
        let endless = Array(repeating: Array(repeating: UInt8(ascii: "a"), count: 1000)[...], count: 300)
        #expect(AptUpdates(installed: installed, list: endless, architecture: "amd64") == nil)
    }

    @Test func whatIsDecompressedIsNotHeldInMemory() async throws {
        // Sixty megabytes once more, of a list that is kept compressed.
        let machine = try machine(installed: [DebianPackage("zsh", "5.9-4")], security: [])
        let piece = Array("Package: p\nVersion: 1\nDescription: \(String(repeating: "x", count: 60_000))\n\n".utf8)
        let last = Array("Package: zsh\nArchitecture: amd64\nVersion: 5.9-5\n".utf8)
        var system = machine.system
        system.commands = PouringCommands(piece: piece, count: 1000, last: last)
        let name = "a_Packages.lz4"
        let lists = [
            AptLists.List(
                path: name, architecture: "amd64", size: piece.count * 1000 + last.count,
                compressed: AptListName(name))
        ]
        let peak = try PeakMemory()
        let updates = try await AptUpdates.read(
            installed: InstalledPackages(in: system), lists: lists, in: system)
        #expect(updates.pending == ["zsh:amd64"])
        #expect(try peak.growth() < 20_000)
    }

    @Test func aListIsNotHeldInMemory() async throws {
        // Sixty megabytes, line by line.
        let machine = try machine(installed: [DebianPackage("zsh", "5.9-4")], security: [])
        let list =
            "/var/lib/apt/lists/deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages"
        let filler = (0..<600).map {
            "Package: p\($0)\nVersion: 1\nDescription: " + String(repeating: "x", count: 1000)
        }
        let chunk = filler.joined(separator: "\n\n") + "\n\n"
        let file = try #require(fopen(machine.root + list, "w"))
        for _ in 0..<100 { fputs(chunk, file) }
        fputs("Package: zsh\nArchitecture: amd64\nVersion: 5.9-5\n\n", file)
        fclose(file)
        let lists = [AptLists.List(path: list, architecture: "amd64", size: nil)]
        let peak = try PeakMemory()
        let updates = try await AptUpdates.read(
            installed: InstalledPackages(in: machine.system), lists: lists, in: machine.system)
        #expect(updates.pending == ["zsh:amd64"])
        #expect(try peak.growth() < 20_000)
    }

    @Test func whatWasComparedHoldsUntilAFileChangesAndGrowsOldAllTheSame() async throws {
        let machine = try machine(
            installed: [DebianPackage("bash", "5.2-1")], security: [DebianPackage("bash", "5.2-2")])
        var system = machine.system
        system.facts = LastingFacts()
        func pending() async -> SignalState? {
            await SecurityUpdatesCollector().collect([.securityUpdatesPending], in: system)[.securityUpdatesPending]?
                .state
        }
        // What was changed just now is not kept.
        try await Task.sleep(for: .milliseconds(3100))
        #expect(await pending() == .known(.integer(1)))
        #expect(await pending() == .known(.integer(1)))
        system.now = { 1_790_000_000 + 8 * 86400 }
        #expect(await pending()?.isUnknown == true)
        system.now = { 1_790_000_000 }
        machine.dpkg([DebianPackage("bash", "5.2-2")])
        #expect(await pending() == .known(.integer(0)))
    }

    // MARK: Compared with APT itself

    /// A machine of forty packages at random, which APT reads as its own.
    private func randomMachine(seed: Int, withStable: Bool) throws -> MachineFixture {
        var random = LinearRandom(state: UInt64(seed) &+ 7)
        func version() -> String {
            "1:\(random.next(3)).\(random.next(12))-\(random.next(3))\(["", "+deb12u1", "~rc1"][random.next(3)])"
        }
        let installed = (0..<40).map { number in
            DebianPackage("package\(number)", version(), ["amd64", "all"][random.next(2)], held: random.next(5) == 0)
        }
        func updates(_ share: Int) -> [DebianPackage] {
            installed.filter { _ in random.next(share) == 0 }.map { package in
                DebianPackage(
                    package.name, version(), package.architecture,
                    fields: ["Size: 1", "SHA256: \(String(repeating: "0", count: 64))"])
            }
        }
        let stable = withStable ? updates(2) : []
        let machine = try machine(installed: installed, stable: stable, security: updates(2))
        machine.write(
            "/etc/apt/sources.list",
            """
            deb http://deb.debian.org/debian bookworm main
            deb http://deb.debian.org/debian-security bookworm-security main

            """)
        for folder in ["/var/cache/apt/archives/partial", "/var/lib/apt/lists/partial", "/etc/apt/preferences.d"] {
            try machine.folder(folder)
        }
        machine.write(
            "/apt.conf",
            """
            Dir "\(machine.root)";
            Dir::State::status "\(machine.root)/var/lib/dpkg/status";
            Debug::NoLocking "1";
            APT::Architecture "amd64";
            APT::Sandbox::User "";

            """)
        return machine
    }

    private func lines(of tool: String, _ arguments: [String], on machine: MachineFixture) throws -> [Substring] {
        let result = try #require(Tool(tool)).run(arguments, environment: ["APT_CONFIG": machine.root + "/apt.conf"])
        #expect(result.status == 0)
        return result.output.split(separator: "\n")
    }

    @Test(.enabled(if: Tool.exists("apt-get"), "APT is not installed"), arguments: 0..<6)
    func pendingUpdatesAreThoseOfAPT(seed: Int) async throws {
        let machine = try randomMachine(seed: seed, withStable: false)
        let theirs = try lines(of: "apt-get", ["-s", "dist-upgrade"], on: machine).filter { $0.hasPrefix("Inst ") }
        guard case .known(.integer(let ours))? = await pending(machine),
            case .known(.integer(let held))? = await machine.state(.securityUpdatesHeld)
        else {
            Issue.record("not known")
            return
        }
        #expect(ours > 0)
        // APT leaves out what is held back, which lacks the update all the same.
        #expect(ours - held == theirs.count)
    }

    /// Where both suites have a newer version APT names only the newest; the one of security is lacking all the same.
    @Test(.enabled(if: Tool.exists("apt"), "APT is not installed"), arguments: 0..<6)
    func pendingUpdatesAreAmongThoseOfAPTWhereOtherSuitesHaveSome(seed: Int) async throws {
        let machine = try randomMachine(seed: seed, withStable: true)
        let lists = try AptLists(for: ["bookworm"], in: machine.system).suites.flatMap(\.lists)
        let updates = try await AptUpdates.read(
            installed: InstalledPackages(in: machine.system), lists: lists, in: machine.system)
        let ours = Set(updates.pending.map { $0.prefix { $0 != ":" } })
        let theirs = try lines(of: "apt", ["list", "--upgradable"], on: machine).filter {
            $0.contains("upgradable from")
        }
        let name = { (line: Substring) in line.prefix { $0 != "/" } }
        #expect(Set(theirs.filter { $0.contains("security") }.map(name)).isSubset(of: ours))
        #expect(ours.isSubset(of: Set(theirs.map(name))))
        #expect(!ours.isEmpty && ours.count < theirs.count)
    }
}

/// Numbers that are the same in every run.
struct LinearRandom {
    var state: UInt64

    /// A number below a limit.
    mutating func next(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }
}
