// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import MessageBus
import Testing

@testable import DevicePosture

/// What the posture helper says of accounts: of the one that asks, and of no other.
@Suite struct AskersAccountTests {
    private let machine: MachineFixture

    init() throws {
        machine = try MachineFixture()
        machine.write(
            "/etc/passwd",
            "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n"
                + "carol:x:1003:1003::/:/bin/sh\n")
        machine.write("/etc/group", "alice:x:1000:\nbob:x:1001:\nbackup:x:34:bob\ndocker:x:999:\n")
        machine.write("/etc/shadow", "root:*:1::::::\nalice:$y$j9T$abc:1::::::\nbob::1::::::\n")
        machine.write("/usr/bin/sudo", "")
        machine.write("/etc/sudoers", "%backup ALL=(ALL) NOPASSWD: ALL\n@includedir /etc/sudoers.d\n")
        machine.write("/etc/sudoers.d/alice", "alice ALL=(ALL) ALL\n")
    }

    /// The readings of a question, as the helper makes them for a user, whose process has the user's own group where none are given.
    private func answer(
        _ question: PostureQuestion, to userID: UInt32, groupIDs: [UInt32]? = nil, tellsGroups: Bool = true
    ) async -> PostureSnapshot {
        var view = SystemView(root: machine.root, userID: userID, commands: ForbiddenCommands())
        view.services = ForbiddenServices()
        view.readsAsRoot = true
        view.groupIDs = tellsGroups ? groupIDs ?? [userID] : nil
        let collector = PostureCollector(collectors: question.collectors, system: view)
        return await collector.snapshot(of: question.signals)
    }

    @Test("each user is told of the own password") func passwords() async {
        #expect(await answer(.password, to: 1000)[.accountHasPassword]?.state == .known(.boolean(true)))
        #expect(await answer(.password, to: 1001)[.accountHasPassword]?.state == .known(.boolean(false)))
        #expect(await answer(.password, to: 0)[.accountHasPassword]?.state.isNotApplicable == true)
        #expect(await answer(.password, to: 1002)[.accountHasPassword]?.state.isUnknown == true)
    }

    @Test("nothing of a hash, and no other name, is in an answer") func secrets() async throws {
        for question in [PostureQuestion.password, .sudo] {
            for user in [1000, 1001, 1002] as [UInt32] {
                let bytes = try #require(HelperAnswer.readings(await answer(question, to: user)).bytes)
                let text = String(decoding: bytes, as: UTF8.self)
                for secret in ["y$", "j9T", "abc", "alice", "bob"] { #expect(!text.contains(secret), "\(text)") }
            }
        }
    }

    @Test("a shadow file that cannot be read is unknown, and no program or service is asked") func unreadable() async {
        machine.remove("/etc/shadow")
        #expect(await answer(.password, to: 1000)[.accountHasPassword]?.state.isUnknown == true)
        machine.write("/etc/shadow", "")
        #expect(await answer(.password, to: 1000)[.accountHasPassword]?.state.isUnknown == true)
    }

    @Test("each user is told what sudo lets the own account do") func sudo() async {
        let alice = await answer(.sudo, to: 1000)
        #expect(alice[.administrator]?.state == .known(.boolean(true)))
        #expect(alice[.sudoWithoutPassword]?.state == .known(.boolean(false)))
        let bob = await answer(.sudo, to: 1001)
        #expect(bob[.administrator]?.state == .known(.boolean(true)))
        #expect(bob[.sudoWithoutPassword]?.state == .known(.boolean(true)))
    }

    @Test("groups that the session has and the files do not, count") func groups() async {
        let inDocker = await answer(.sudo, to: 1000, groupIDs: [1000, 999])
        #expect(inDocker[.privilegedGroups]?.value == .strings(["docker"]))
        #expect(await answer(.sudo, to: 1000)[.privilegedGroups]?.value == .strings([]))
        let inBackup = await answer(.sudo, to: 1003, groupIDs: [1003, 34])
        #expect(inBackup[.sudoWithoutPassword]?.state == .known(.boolean(true)))
        #expect(await answer(.sudo, to: 1003)[.sudoWithoutPassword]?.state == .known(.boolean(false)))
    }

    @Test("groups that the kernel does not tell are not those of the files alone") func untoldGroups() async {
        let alice = await answer(.sudo, to: 1000, tellsGroups: false)
        for signal in [SignalName.administrator, .sudoWithoutPassword, .privilegedGroups] {
            #expect(alice[signal]?.state.isUnknown == true, "\(signal)")
        }
    }

    @Test("what only the kernel's own files tell is told of every machine") func kernel() async throws {
        try machine.folder("/sys/kernel/security/tomoyo")
        machine.write("/sys/kernel/security/lsm", "capability,tomoyo")
        machine.write("/sys/kernel/security/tomoyo/profile", "PROFILE_VERSION=20150505\n3-CONFIG={ mode=enforcing }\n")
        machine.write(LockdownMode.path, "none [integrity] confidentiality\n")
        let told = await answer(.kernel, to: 1000)
        #expect(told[.mandatoryAccessControl]?.value == .string("tomoyo"))
        #expect(told[.kernelLockdown]?.value == .string("integrity"))
    }
}

/// Commands and services of which none may be asked.
private struct ForbiddenCommands: CommandRunner {
    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        Issue.record("\(command) was run")
        return .failure(.notInstalled)
    }
}

private struct ForbiddenServices: ServiceReader {
    func answer(to question: ServiceQuestion) -> Result<BusValue, ServiceFailure> {
        Issue.record("\(question) was asked")
        return .failure(.notRunning)
    }
}
