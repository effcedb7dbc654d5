// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Compositors and window managers that leave the lock to an idle daemon.
@Suite struct IdleDaemonTests {
    private func type(_ machine: MachineFixture) async -> ScreenLockType? {
        guard case .known(.string(let text)) = await machine.state(.screenLockType) else { return nil }
        return ScreenLockType(rawValue: text)
    }

    private func machine(_ desktop: String) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.environment["XDG_CURRENT_DESKTOP"] = desktop
        return machine
    }

    @Test(
        arguments: [
            (
                ["-w", "timeout", "300", "swaylock -f -c 000000", "before-sleep", "swaylock -f"],
                ScreenLockType?.some(.passcode)
            ),
            (["timeout", "600", "swaymsg 'output * dpms off'", "resume", "swaymsg 'output * dpms on'"], nil),
            (["before-sleep", "swaylock -f"], ScreenLockType.none), ([], ScreenLockType.none),
            (["timeout", "300", "loginctl lock-session", "lock", "swaylock -f"], .passcode),
            (["timeout", "300", "loginctl lock-session"], nil), (["timeout", "300", "pkill swaylock"], nil),
            (["timeout", "300", "/home/alice/bin/lock.sh"], nil),
            (["timeout", "300", "pidof gtklock || /usr/bin/gtklock -d"], .passcode),
            (["timeout", "x", "swaylock"], ScreenLockType.none), (["timeout", "0", "swaylock"], nil),
            (["resume", "timeout", "timeout", "60", "waylock"], .passcode),
        ] as [([String], ScreenLockType?)])
    func readsTheArgumentsOfSwayidle(arguments: [String], expected: ScreenLockType?) async throws {
        let machine = try machine("sway")
        machine.process(900, ["swayidle"] + arguments)
        #expect(await type(machine) == expected)
        #expect(await machine.state(.screenLockType)?.isUnknown == (expected == nil))
    }

    @Test(
        arguments: [
            ("timeout 300 'swaylock -f'\n", ScreenLockType?.some(.passcode)),
            ("# timeout 300 'swaylock -f'\n", ScreenLockType.none),
            ("timeout 300 'swaylock -f\n", nil), (#"timeout 300 "sh -c \"swaylock\"""# + "\n", .passcode),
        ] as [(String, ScreenLockType?)])
    func readsTheFileOfSwayidle(text: String, expected: ScreenLockType?) async throws {
        let machine = try machine("sway:wlroots")
        machine.process(900, ["/usr/bin/swayidle", "-w"])
        machine.write("/home/alice/.config/swayidle/config", text)
        #expect(await type(machine) == expected)
    }

    @Test func readsTheFileThatSwayidleIsGiven() async throws {
        let machine = try machine("river")
        machine.process(900, ["swayidle", "-C", "/home/alice/idle", "-w"])
        machine.write("/home/alice/.config/swayidle/config", "before-sleep 'swaylock'\n")
        machine.write("/home/alice/idle", "timeout 10 swaylock\n")
        #expect(await type(machine) == .passcode)
    }

    @Test func idleDaemonThatDoesNotRunIsUnknown() async throws {
        let machine = try machine("sway")
        machine.write("/home/alice/.config/swayidle/config", "timeout 300 swaylock\n")
        machine.process(900, ["vim", "swayidle"])
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    @Test(
        arguments: [
            (
                "general {\n lock_cmd = pidof hyprlock || hyprlock\n}\nlistener {\n timeout = 300\n on-timeout = loginctl lock-session\n}\n",
                ScreenLockType?.some(.passcode)
            ),
            ("listener {\n timeout = 300 # s\n on-timeout = hyprlock\n}\n", .passcode),
            ("listener {\n timeout = 300\n on-timeout = loginctl lock-session\n}\n", nil),
            ("listener {\n timeout = 300\n on-timeout = hyprctl dispatch dpms off\n}\n", nil),
            ("general {\n lock_cmd = hyprlock\n}\n", ScreenLockType.none),
        ] as [(String, ScreenLockType?)])
    func readsTheFileOfHypridle(text: String, expected: ScreenLockType?) async throws {
        let machine = try machine("Hyprland")
        machine.process(900, ["hypridle"])
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
        machine.write("/home/alice/.config/hypr/hypridle.conf", text)
        #expect(await type(machine) == expected)
    }

    @Test(
        arguments: [
            (["xautolock", "-time", "5", "-locker", "i3lock -n"], ScreenLockType?.some(.passcode)),
            (["xautolock"], .passcode),
            (["xautolock", "-time", "x"], nil), (["xautolock", "-locker", "true"], nil),
            (["xss-lock", "--", "i3lock"], nil), (["i3"], nil),
        ] as [([String], ScreenLockType?)])
    func readsTheLockerOfAWindowManager(process: [String], expected: ScreenLockType?) async throws {
        let machine = try machine("i3")
        machine.process(900, process)
        #expect(await type(machine) == expected)
    }

    @Test(
        arguments: [
            ("a b", ["a", "b"]), ("  a\t'b c'  ", ["a", "b c"]), (#"a "b \"c\"" d\ e"#, ["a", #"b "c""#, "d e"]),
            ("''", [""]), ("", []),
            ("a'b'c", ["abc"]),
        ] as [(String, [String])])
    func splitsWordsAsAShellDoes(line: String, words: [String]) {
        #expect(LockCommand.words(line) == words)
    }
}
