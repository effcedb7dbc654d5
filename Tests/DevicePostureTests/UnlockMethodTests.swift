// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import MessageBus
import Testing

@testable import DevicePosture

/// What opens the screen: a password, a finger, or nothing.
@Suite struct UnlockMethodTests {
    /// `passwd -S` of one account.
    private struct Passwd: CommandRunner {
        var output: String

        func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
            command == .accountStatus ? .success(Array(output.utf8)) : .failure(.notInstalled)
        }
    }

    private let reader = "/net/reactivated/Fprint/Device/0"

    /// KDE that locks, on a machine with an account of the user.
    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.environment["XDG_CURRENT_DESKTOP"] = "KDE"
        let userID = machine.system.userID
        machine.write(
            "/etc/passwd", "alice:x:\(userID):1000::/home/alice:/bin/sh\nbob:x:4242:4242::/home/bob:/bin/sh\n")
        machine.write("/etc/group", "alice:x:1000:\nnopasswdlogin:x:120:bob\n")
        machine.write("/etc/shadow", "alice:$y$j9T$abc:19000:0:99999:7:::\n")
        machine.write("/etc/pam.d/kde", "auth include common-auth\n")
        machine.write(
            "/etc/pam.d/common-auth", "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\n"
        )
        return machine
    }

    private func enroll(_ fingers: [String], on machine: MachineFixture) throws {
        machine.answers[.fingerprintReader] = .success(.string(reader))
        machine.answers[try #require(ServiceQuestion.enrolledFingers(reader: reader))] =
            .success(.list(fingers.map { .string($0) }))
    }

    // MARK: - Fingers

    @Test func aFingerCountsWhereTheLockersPAMAsksForIt() async throws {
        let machine = try machine()
        try enroll(["right-index-finger"], on: machine)
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
        machine.write("/etc/pam.d/kde-fingerprint", "auth required pam_fprintd.so\n")
        #expect(await machine.state(.screenLockType) == .known(.string("BIOMETRIC")))
        #expect(await machine.state(.fingerprintEnrolled) == .known(.boolean(true)))
    }

    @Test func aFingerThatAnotherServiceAsksForDoesNotCount() async throws {
        let machine = try machine()
        try enroll(["right-index-finger"], on: machine)
        machine.write("/etc/pam.d/gdm-fingerprint", "auth required pam_fprintd.so\n")
        machine.write("/etc/pam.d/sudo", "auth sufficient pam_fprintd.so\n")
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
    }

    @Test func withoutAnEnrolledFingerItIsThePasscode() async throws {
        let machine = try machine()
        machine.write("/etc/pam.d/common-auth", "auth [success=2 default=ignore] pam_fprintd.so max-tries=1\n")
        try enroll([], on: machine)
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
        #expect(await machine.state(.fingerprintEnrolled) == .known(.boolean(false)))
        machine.answers[try #require(ServiceQuestion.enrolledFingers(reader: reader))] =
            .failure(.refused("net.reactivated.Fprint.Error.NoEnrolledPrints"))
        #expect(await machine.state(.fingerprintEnrolled) == .known(.boolean(false)))
    }

    @Test func hyprlockAsksForFingersByItself() async throws {
        let machine = try machine()
        machine.environment["XDG_CURRENT_DESKTOP"] = "Hyprland"
        machine.process(900, ["hypridle"])
        machine.write(
            "/home/alice/.config/hypr/hypridle.conf", "listener {\n timeout = 60\n on-timeout = hyprlock\n}\n")
        try enroll(["left-thumb"], on: machine)
        machine.write("/home/alice/.config/hypr/hyprlock.conf", "auth {\n fingerprint {\n enabled = false\n }\n}\n")
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
        machine.write("/home/alice/.config/hypr/hyprlock.conf", "auth {\n fingerprint {\n enabled = true\n }\n}\n")
        #expect(await machine.state(.screenLockType) == .known(.string("BIOMETRIC")))
        machine.write("/home/alice/.config/hypr/hyprlock.conf", "auth:fingerprint:enabled = yes\n")
        #expect(await machine.state(.screenLockType) == .known(.string("BIOMETRIC")))
    }

    @Test(
        arguments: [
            (Result.failure(ServiceFailure.notRunning), true),
            (.failure(.refused("net.reactivated.Fprint.Error.NoSuchDevice")), true),
            (.failure(.timedOut), false), (.failure(.noBus), false), (.failure(.notLive), false),
            (.failure(.refused("net.reactivated.Fprint.Error.PermissionDenied")), false),
            (.success(.boolean(true)), false),
            (.success(.string("/net/reactivated/Fprint/Device/../../x")), false), (.success(.string("")), false),
        ] as [(Result<BusValue, ServiceFailure>, Bool)])
    func withoutAReaderNothingAppliesAndWithoutAnAnswerItIsUnknown(
        answer: Result<BusValue, ServiceFailure>, hasNoReader: Bool
    ) async throws {
        let machine = try machine()
        machine.answers[.fingerprintReader] = answer
        let state = await machine.state(.fingerprintEnrolled)
        #expect(hasNoReader ? state?.isNotApplicable == true : state?.isUnknown == true)
    }

    @Test(arguments: [
        "", "/", "/net/reactivated/Fprint/Device/", "/net/reactivated/Fprint/Device/../Manager",
        "/net/reactivated/Fprint/Device/0/x", "/net/reactivated/Fprint/Device/1234567890", "/org/freedesktop/login1",
    ])
    func noOtherObjectIsAskedForFingers(path: String) {
        #expect(ServiceQuestion.enrolledFingers(reader: path) == nil)
        #expect(ServiceQuestion.enrolledFingers(reader: "/net/reactivated/Fprint/Device/12") != nil)
    }

    // MARK: - PAM

    @Test(
        arguments: [
            ("auth required pam_fprintd.so", true), ("-auth required /usr/lib/security/pam_fprintd.so", true),
            ("auth [success=2 default=ignore] pam_fprintd.so", true), ("AUTH sufficient pam_fprintd.so", true),
            ("auth required \\\n pam_fprintd.so", true), ("auth substack fingerprint-auth", true),
            ("@include fingerprint-auth", true), ("# auth required pam_fprintd.so", false),
            ("auth required pam_unix.so # pam_fprintd.so", false), ("account required pam_fprintd.so", false),
            ("auth required pam_unix.so pam_fprintd.so", false), ("auth include", false), ("auth", false), ("", false),
        ] as [(String, Bool)])
    func readsTheRulesOfPAM(text: String, expected: Bool) throws {
        let machine = try MachineFixture()
        machine.write("/etc/pam.d/service", text + "\n")
        machine.write("/usr/lib/pam.d/fingerprint-auth", "auth required pam_fprintd.so\n")
        #expect(try PAMStack(of: "service", in: machine.system).asksForFingerprint == expected)
    }

    @Test func rulesInACircleEnd() throws {
        let machine = try MachineFixture()
        machine.write("/etc/pam.d/a", "auth include b\nauth include b\n")
        machine.write("/etc/pam.d/b", "@include a\n@include a\n")
        #expect(throws: ReadFailure.malformed) { try PAMStack(of: "a", in: machine.system) }
        machine.write("/etc/pam.d/c", "auth include ../../x\n")
        #expect(throws: ReadFailure.self) { try PAMStack(of: "c", in: machine.system) }
    }

    // MARK: - Passwords

    @Test func anAccountWithoutAPasswordHasNoLock() async throws {
        let machine = try machine()
        #expect(await machine.state(.accountHasPassword) == .known(.boolean(true)))
        machine.write("/etc/shadow", "bob:x:1::::::\nalice::19000:0:99999:7:::\n")
        #expect(await machine.state(.accountHasPassword) == .known(.boolean(false)))
        #expect(await machine.state(.screenLockType) == .known(.string("NONE")))
    }

    @Test(arguments: ["!", "*", "!!", "!$y$j9T$abc", "*LK*"])
    func aLockedPasswordLetsNobodyIn(field: String) async throws {
        let machine = try machine()
        machine.write("/etc/shadow", "alice:\(field):19000:0:99999:7:::\n")
        #expect(await machine.state(.accountHasPassword)?.isNotApplicable == true)
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
    }

    @Test func whoIsAskedForNoPasswordHasNoLock() async throws {
        let machine = try machine()
        machine.write(
            "/etc/pam.d/kde", "auth sufficient pam_succeed_if.so user ingroup nopasswdlogin\nauth include common-auth\n"
        )
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
        machine.write("/etc/group", "alice:x:1000:\nnopasswdlogin:x:120:bob,alice\n")
        #expect(await machine.state(.screenLockType) == .known(.string("NONE")))
        machine.write("/etc/pam.d/kde", "auth include common-auth\n")
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
    }

    @Test(
        arguments: [
            ("alice P 01/01/2024 0 99999 7 -1\n", SignalState?.some(.known(.boolean(true)))),
            ("alice PS 2024-01-01 0 99999 7 -1 (Password set, SHA512 crypt.)\n", .known(.boolean(true))),
            ("alice NP 01/01/2024 0 99999 7 -1\n", .known(.boolean(false))),
            ("alice L 01/01/2024\n", .notApplicable(reason: "no password lets this account in: it is locked")),
            ("bob NP 01/01/2024\n", nil), ("alice\n", nil), ("", nil), ("alice NPX\n", nil), ("alice  \u{0} NP\n", nil),
        ] as [(String, SignalState?)])
    func readsWhatPasswdPrints(output: String, expected: SignalState?) async throws {
        let machine = try machine()
        machine.remove("/etc/shadow")
        try machine.folder("/etc/shadow")
        machine.commands = Passwd(output: output)
        let state = await machine.state(.accountHasPassword)
        if let expected { #expect(state == expected) } else { #expect(state?.isUnknown == true) }
    }

    @Test(
        arguments: [
            (
                ["PasswordMode": BusValue.integer(0), "Locked": .boolean(false)],
                SignalState?.some(.known(.boolean(true)))
            ),
            (["PasswordMode": .integer(2), "Locked": .boolean(false)], .known(.boolean(false))),
            (
                ["PasswordMode": .integer(0), "Locked": .boolean(true)],
                .notApplicable(reason: "no password lets this account in: it is locked")
            ),
            (["PasswordMode": .integer(9), "Locked": .boolean(false)], nil), (["PasswordMode": .string("2")], nil),
            ([:], nil),
        ] as [([String: BusValue], SignalState?)])
    func readsWhatAccountsServiceAnswers(properties: [String: BusValue], expected: SignalState?) async throws {
        let machine = try machine()
        machine.remove("/etc/shadow")
        try machine.folder("/etc/shadow")
        let userID = machine.system.userID
        machine.answers[.account(of: userID)] = .success(.string(ServiceQuestion.accountPath(of: userID)))
        machine.answers[.accountProperties(of: userID)] = .success(.dictionary(properties))
        let state = await machine.state(.accountHasPassword)
        if let expected { #expect(state == expected) } else { #expect(state?.isUnknown == true) }
    }

    @Test func withoutAnyAnswerThePasswordIsUnknown() async throws {
        let machine = try machine()
        machine.remove("/etc/shadow")
        #expect(await machine.state(.accountHasPassword)?.isUnknown == true)
        machine.write("/etc/shadow", "bob:x:1::::::\n")
        #expect(await machine.state(.accountHasPassword)?.isUnknown == true)
        machine.remove("/etc/passwd")
        #expect(await machine.state(.accountHasPassword)?.isUnknown == true)
    }

    @Test func noHashIsTakenOver() {
        let bytes = Array("alice:$y$secret:1:0:9:7:::\n".utf8)
        #expect(AccountPassword.shadowField(of: "alice", in: bytes) == "$")
    }
}
