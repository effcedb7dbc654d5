// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Testing

@testable import DevicePosture

@Suite struct ChildProcessTests {
    private func run(
        _ script: String, timeout: Duration = .seconds(10), limit: Int = 1024
    ) async -> Result<[UInt8], CommandFailure> {
        let child = ChildProcess(
            program: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin", "A": "value"],
            timeout: timeout, outputLimit: limit)
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: child.run()) }
        }
    }

    @Test func givesTheOutput() async {
        #expect(await run("printf %s \"$A\"; echo lost >&2") == .success(Array("value".utf8)))
    }

    @Test func givesNoInputAndNoOtherEnvironment() async {
        #expect(await run("cat; env | grep -c ^HOME= || true") == .success(Array("0\n".utf8)))
    }

    /// What a library opened without close-on-exec, as tpm2-tss does its TPM.
    @Test func givesNothingElseThatIsOpen() async {
        let descriptor = fcntl(STDERR_FILENO, F_DUPFD, 200)
        defer { close(descriptor) }
        let looking = "test -e /proc/self/fd/\(descriptor) && echo inherited; echo looked"
        #expect(descriptor >= 200)
        #expect(await run(looking) == .success(Array("looked\n".utf8)))
    }

    @Test func tellsHowItEnded() async {
        #expect(await run("exit 3") == .failure(.ended(status: 3)))
        #expect(await run("kill -TERM $$") == .failure(.ended(status: -15)))
    }

    @Test(arguments: ["sleep 30", "exec >&-; sleep 30", "sleep 30 & sleep 30", "trap '' TERM; sleep 30"] as [String])
    func endsWhatTakesTooLong(script: String) async {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(await run(script, timeout: .milliseconds(200)) == .failure(.timedOut))
        #expect(clock.now - start < .seconds(10))
    }

    @Test func endsWhatWritesTooMuch() async {
        #expect(
            await run("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done") == .failure(.tooMuchOutput)
        )
    }

    /// As it is with a program that waits for a disk that has gone: nothing ends it, and nothing waits for it.
    @Test func doesNotWaitForWhatCannotBeKilled() {
        var kills = 0
        let start = ContinuousClock.now
        let end = ChildProcess.wait(
            for: 4_000_000, until: start + .milliseconds(100), grace: .milliseconds(200), reap: { _, _ in 0 },
            kill: { _ in kills += 1 })
        #expect(end == .stuck && kills == 1)
        #expect((.milliseconds(300)...(.seconds(10))).contains(ContinuousClock.now - start))
        // One that goes at last was killed.
        var asked = 0
        let late = ChildProcess.wait(
            for: 4_000_000, until: .now, grace: .seconds(20),
            reap: { process, _ in
                asked += 1
                return asked > 3 ? process : 0
            }, kill: { _ in })
        #expect(late == .killed)
    }

    @Test func tellsAProgramThatIsNotThere() {
        let result = ChildProcess(program: "/proc/nonexistent", arguments: [], environment: [:], timeout: .seconds(1))
            .run()
        #expect(result == .failure(.notStarted(errno: 2)))
    }

    @Test(arguments: Command.SettingsSchema.allCases)
    func commandsAreAbsoluteAndBounded(schema: Command.SettingsSchema) {
        let command = Command.listSettings(schema)
        #expect(command.programs.allSatisfy { $0.hasPrefix("/") })
        #expect(command.timeout <= .seconds(2))
        #expect(!command.variables.contains("GSETTINGS_BACKEND") && !command.variables.contains("LD_PRELOAD"))
    }
}
