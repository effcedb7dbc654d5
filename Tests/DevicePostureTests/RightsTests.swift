// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// What the person may do on this machine.
@Suite struct RightsTests {
    private func system(
        groups: String = "alice:x:1000:\n", sudoers: String? = nil, isInstalled: Bool = true
    ) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n")
        machine.write("/etc/group", groups)
        machine.write("/etc/hostname", "laptop\n")
        if isInstalled { machine.write("/usr/bin/sudo", "") }
        if let sudoers { machine.write("/etc/sudoers", sudoers) }
        return machine
    }

    private func state(_ name: SignalName, _ machine: MachineFixture, userID: UInt32 = 1000) async -> SignalState? {
        var system = machine.system
        system.userID = userID
        return await PostureCollector(system: system).snapshot(of: [name])[name]?.state
    }

    @Test(
        arguments: [
            ("alice:x:1000:\n", []), ("alice:x:1000:\nsudo:x:27:alice\ndocker:x:999:bob,alice\n", ["docker", "sudo"]),
            ("wheel:x:1000:\n", ["wheel"]), ("sudo:x:27:bob\ndocker:x:998:alicex\n", []), ("users:x:100:alice\n", []),
            ("kvm:x:1:alice\ndisk:x:6:alice\nlibvirt:x:3:alice\n", ["disk", "kvm", "libvirt"]),
            ("alice:x:1000:\nsudo:x:27:alice:extra\n", []), ("alice:x:1000:\n+sudo:x:27:alice\n", []),
            ("alice:x:1000:\nsudo:x::alice\n", []),
        ] as [(String, [String])])
    func namesThePrivilegedGroups(groups: String, expected: [String]) async throws {
        #expect(await state(.privilegedGroups, try system(groups: groups)) == .known(.strings(expected)))
    }

    @Test func whoIsNotInTheFilesIsUnknown() async throws {
        let machine = try system()
        #expect(await state(.privilegedGroups, machine, userID: 4711)?.isUnknown == true)
        #expect(await state(.administrator, machine, userID: 4711)?.isUnknown == true)
        machine.remove("/etc/group")
        #expect(await state(.privilegedGroups, machine)?.isUnknown == true)
    }

    @Test func namesOfOthersAreNotTold() async throws {
        var view = try system(groups: "docker:x:9:alice,bob\nsudo:x:27:carol,alice\n").system
        view.userID = 1000
        let names: [SignalName] = [.privilegedGroups, .administrator, .sudoWithoutPassword]
        for reading in await PostureCollector(system: view).snapshot(of: names).readings.values {
            #expect(!"\(reading)".contains("bob") && !"\(reading)".contains("carol"))
        }
    }

    // MARK: - Administrator

    @Test(arguments: ["docker", "lxd", "disk", "libvirt", "incus-admin", "shadow"])
    func aGroupAsGoodAsRootMakesAnAdministrator(group: String) async throws {
        let machine = try system(groups: "\(group):x:900:alice\n", sudoers: "root ALL=(ALL) ALL\n")
        #expect(await state(.administrator, machine) == .known(.boolean(true)))
    }

    @Test func rulesTellMoreThanGroups() async throws {
        let groups = "alice:x:1000:\nwheel:x:10:alice\n"
        // There, the group means nothing.
        var machine = try system(groups: groups, sudoers: "root ALL=(ALL) ALL\n%sudo ALL=(ALL) ALL\n")
        #expect(await state(.administrator, machine) == .known(.boolean(false)))
        machine = try system(groups: groups, sudoers: "%wheel ALL=(ALL) ALL\n")
        #expect(await state(.administrator, machine) == .known(.boolean(true)))
        machine = try system(sudoers: "alice ALL=/usr/bin/apt\n")
        #expect(await state(.administrator, machine) == .known(.boolean(true)))
    }

    @Test func withoutTheRulesAPlainUserIsNotKnownToBeNone() async throws {
        let machine = try system()
        try machine.folder("/etc/sudoers")
        #expect(await state(.administrator, machine)?.isUnknown == true)
        machine.write("/etc/group", "sudo:x:27:alice\n")
        #expect(await state(.administrator, machine) == .known(.boolean(true)))
    }

    /// As it is without the posture helper, nearly everywhere.
    @Test func aPlainUserWhoMayNotReadTheRulesIsNotKnownToBeNone() throws {
        var view = try system().system
        view.userID = 1000
        let plain = PersonsGroups(name: "alice", names: ["alice"])
        let collector = RightsCollector()
        let administrator = collector.administrator(plain, .unreadable, view)
        let withoutPassword = collector.withoutPassword(.unreadable, view)
        for finding in [administrator, withoutPassword] {
            guard case .unknown(let reason) = finding.state else {
                Issue.record("known: \(finding)")
                continue
            }
            #expect(reason.contains("needs the posture helper"))
        }
        let member = PersonsGroups(name: "alice", names: ["alice", "wheel"])
        #expect(collector.administrator(member, .unreadable, view).state == .known(.boolean(true)))
        #expect(collector.withoutPassword(.unreadable, view).state.isUnknown)
    }

    @Test func withoutSudoTheGroupsTell() async throws {
        let machine = try system(isInstalled: false)
        #expect(await state(.administrator, machine) == .known(.boolean(false)))
        #expect(await state(.sudoWithoutPassword, machine)?.isNotApplicable == true)
        machine.write("/etc/doas.conf", "permit nopass alice\n")
        #expect(await state(.administrator, machine)?.isUnknown == true)
    }

    @Test func rootIsAnAdministratorAndNeedsNoSudo() async throws {
        let machine = try system()
        #expect(await state(.administrator, machine, userID: 0) == .known(.boolean(true)))
        #expect(await state(.sudoWithoutPassword, machine, userID: 0)?.isNotApplicable == true)
    }

    // MARK: - Without a password

    @Test(
        arguments: [
            ("alice ALL=(ALL) NOPASSWD: ALL\n", true), ("alice ALL=(ALL) ALL\n", false),
            ("#alice ALL=(ALL) NOPASSWD: ALL\n", false), ("alice ALL=NOPASSWD: /usr/bin/less\n", true),
        ] as [(String, Bool)])
    func sudoWithoutAPasswordIsFound(sudoers: String, expected: Bool) async throws {
        #expect(await state(.sudoWithoutPassword, try system(sudoers: sudoers)) == .known(.boolean(expected)))
    }

    @Test func aRuleInAnIncludedFileCounts() async throws {
        let machine = try system(sudoers: "@includedir /etc/sudoers.d\n")
        machine.write("/etc/sudoers.d/90-cloud", "alice ALL=(ALL) NOPASSWD:ALL\n")
        #expect(await state(.sudoWithoutPassword, machine) == .known(.boolean(true)))
    }

    @Test func rulesThatAreNotUnderstoodAreUnknown() async throws {
        for text in ["alice ALL=(\n", "+netgroup ALL=NOPASSWD: ALL\n", "alice ALL=ALL\nnonsense\n"] {
            #expect(await state(.sudoWithoutPassword, try system(sudoers: text))?.isUnknown == true)
        }
        let machine = try system()
        #expect(await state(.sudoWithoutPassword, machine)?.isUnknown == true)
    }

    @Test func rulesOfADirectoryCanGiveMore() async throws {
        let machine = try system(sudoers: "alice ALL=(ALL) ALL\n")
        machine.write("/etc/nsswitch.conf", "passwd: files sss\nsudoers: files [NOTFOUND=continue] sss\n")
        #expect(await state(.sudoWithoutPassword, machine)?.isUnknown == true)
        machine.write("/etc/nsswitch.conf", "passwd: files sss\nsudoers: files # sss\n")
        #expect(await state(.sudoWithoutPassword, machine) == .known(.boolean(false)))
        machine.write("/etc/nsswitch.conf", "sudoers: files sss\n")
        machine.write("/etc/sudoers", "alice ALL=NOPASSWD: ALL\n")
        #expect(await state(.sudoWithoutPassword, machine) == .known(.boolean(true)))
    }

    // MARK: - Root twice

    @Test(
        arguments: [
            ("root:x:0:0::/root:/bin/sh\n", 0), ("root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n", 1),
            ("root:x:0:0::/:/bin/sh\nr2:x:00:7::/:/bin/sh\nr3:x:0:0::/:/bin/sh\n", 2),
            ("root:x:0:0::/:/bin/sh\n#toor:x:0:0::/:/bin/sh\n+::0:0:::\nbad:x:0\nalice:x:1000:0::/:/bin/sh\n", 0),
        ] as [(String, Int)])
    func accountsWithRootsNumberAreCounted(text: String, count: Int) async throws {
        let machine = try system()
        machine.write("/etc/passwd", text)
        #expect(await state(.duplicateRootAccounts, machine) == .known(.integer(count)))
    }

    @Test(arguments: ["", "\u{0}\u{1}", "alice:x:1000:1000::/:/bin/sh\n"])
    func aTableWithoutRootIsUnknown(text: String) async throws {
        let machine = try system()
        machine.write("/etc/passwd", text)
        #expect(await state(.duplicateRootAccounts, machine)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("abc", "a*c", true), ("abc", "a?c", true), ("abc", "*", true), ("abc", "", false), ("", "*", true),
            ("abc", "a[bx]c", true), ("abc", "a[!b]c", false), ("abc", "a[a-c]c", true), ("a*c", "a\\*c", true),
            ("abc", "a\\*c", false), ("abcabc", "*bc", true), ("abcabd", "*bc", false), ("[", "[", true),
            ("a]", "a[]]", true),
        ] as [(String, String, Bool)])
    func patternsMatchAsAShellMatches(text: String, pattern: String, expected: Bool) {
        #expect(Wildcard.matches(text, pattern, escapes: true) == expected)
    }
}
