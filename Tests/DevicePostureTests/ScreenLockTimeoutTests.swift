// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// After what time the screen locks, and whether the person may change that.
@Suite struct ScreenLockTimeoutTests {
    private func machine(_ desktop: String) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.environment["XDG_CURRENT_DESKTOP"] = desktop
        return machine
    }

    private static let never = SignalState.known(.string("NEVER"))

    // MARK: - What the states are

    @Test func aScreenThatNeverLocksIsNoNumber() async throws {
        let machine = try machine("KDE")
        machine.write("/home/alice/.config/kscreenlockerrc", "[Daemon]\nAutolock=false\n")
        #expect(await machine.state(.screenLockTimeout) == Self.never)
        #expect(await machine.state(.screenLockType) == .known(.string("NONE")))
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(false)))
    }

    @Test func withoutAScreenNothingApplies() async throws {
        let machine = try MachineFixture()
        try machine.folder("/run/systemd/sessions")
        for name in [SignalName.screenLockType, .screenLockTimeout, .screenLockEnforced] {
            #expect(await machine.state(name)?.isNotApplicable == true)
        }
    }

    @Test func whatIsNotReadIsUnknownThroughout() async throws {
        let machine = try machine("Enlightenment")
        for name in [SignalName.screenLockType, .screenLockTimeout, .screenLockEnforced] {
            #expect(await machine.state(name)?.isUnknown == true)
        }
    }

    @Test func aSessionFileThatCannotBeReadIsNoServer() async throws {
        let machine = try MachineFixture()
        try machine.folder("/run/systemd/sessions/7")
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    // MARK: - KDE

    @Test(
        arguments: [
            (nil, 305), ("[Daemon]\nTimeout=10\n", 605), ("[Daemon]\nTimeout=0.5\nLockGrace=0\n", 30),
            ("[Daemon]\nLockGrace=60\n", 360), ("[Daemon]\nLockGrace=-1\n", 300),
        ] as [(String?, Int)])
    func kdeLocksAfterTimeAndGrace(text: String?, seconds: Int) async throws {
        let machine = try machine("KDE")
        if let text { machine.write("/home/alice/.config/kscreenlockerrc", text) }
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(seconds)))
    }

    @Test(arguments: [
        "[Daemon]\nTimeout=1e300\n", "[Daemon]\nTimeout=nan\n", "[Daemon]\nLockGrace=99999999999999999999\n",
        "[Daemon]\nTimeout=inf\n",
    ])
    func aTimeBeyondAllBoundsIsUnknown(text: String) async throws {
        let machine = try machine("KDE")
        machine.write("/home/alice/.config/kscreenlockerrc", text)
        #expect(await machine.state(.screenLockTimeout)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("[$i]\n[Daemon]\nAutolock=true\n", true), ("[Daemon][$i]\nAutolock=true\n", true),
            ("[Daemon]\nAutolock[$i]=true\nTimeout[$i]=5\n", false),
            ("[Daemon]\nAutolock[$i]=true\nTimeout[$i]=5\nRequirePassword[$i]=true\nLockGrace[$i]=5\n", true),
            ("[Daemon][$i]\nAutolock=false\n", false),
        ] as [(String, Bool)])
    func kdeIsEnforcedByImmutableKeys(text: String, expected: Bool) async throws {
        let machine = try machine("KDE")
        machine.write("/etc/xdg/kscreenlockerrc", text)
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(expected)))
    }

    // MARK: - Xfce and xscreensaver

    private func channel(_ properties: String) -> String {
        "<?xml version=\"1.0\"?><channel name=\"xfce4-screensaver\" version=\"1.0\">\(properties)</channel>"
    }

    private func property(_ name: String, _ inside: String) -> String {
        "<property name=\"\(name)\" type=\"empty\">\(inside)</property>"
    }

    private func delay(_ minutes: String) -> String { "<property name=\"delay\" type=\"int\" value=\"\(minutes)\"/>" }

    @Test func xfceAddsItsTwoDelays() async throws {
        let machine = try machine("XFCE")
        machine.process(900, ["xfce4-screensaver"])
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(300)))
        let path = "/home/alice/.config/\(XfceLock.channelFile)"
        machine.write(
            path,
            channel(
                property("saver", property("idle-activation", delay("10")))
                    + property("lock", property("saver-activation", delay("2")))))
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(720)))
        machine.write(path, channel(property("saver", property("idle-activation", delay("-5")))))
        #expect(await machine.state(.screenLockTimeout)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("*", false), ("bob;alice", true), ("bob", false), ("@wheel", false), ("@staff", true), ("", false),
        ] as [(String, Bool)])
    func xfceIsEnforcedForWhomTheMachinesFileNames(users: String, expected: Bool) async throws {
        let machine = try machine("XFCE")
        machine.process(900, ["xfce4-screensaver"])
        machine.write(
            "/etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:\(machine.system.userID):100::/home/alice:/bin/sh\n")
        if machine.system.userID == 0 {
            machine.write("/etc/passwd", "alice:x:0:0::/home/alice:/bin/sh\n")
        }
        machine.write("/etc/group", "staff:x:50:alice\nwheel:x:10:bob\n")
        func on(_ name: String, _ inside: String = "") -> String {
            "<property name=\"\(name)\" type=\"bool\" value=\"true\" locked=\"\(users)\">\(inside)</property>"
        }
        func minutes(_ value: String) -> String {
            "<property name=\"delay\" type=\"int\" value=\"\(value)\" locked=\"\(users)\"/>"
        }
        machine.write(
            "/etc/xdg/\(XfceLock.channelFile)",
            channel(
                property("saver", on("enabled") + property("idle-activation", on("enabled") + minutes("5")))
                    + property("lock", on("enabled") + property("saver-activation", on("enabled") + minutes("0")))))
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(expected)))
    }

    @Test(
        arguments: [
            ("lock: True\n", SignalState.known(.integer(600))),
            ("lock: True\ntimeout: 0:05:00\nlockTimeout: 0:01:30\n", .known(.integer(390))),
            ("lock: True\ntimeout: 5\n", .known(.integer(300))), ("lock: True\ntimeout: 0:00:00\n", never),
            ("lock: False\n", never), ("lock: True\nmode: off\n", never),
        ] as [(String, SignalState)])
    func xscreensaverAddsItsTwoTimes(text: String, expected: SignalState) async throws {
        let machine = try machine("LXQt")
        machine.process(900, ["xscreensaver"])
        machine.write("/home/alice/.xscreensaver", text)
        #expect(await machine.state(.screenLockTimeout) == expected)
    }

    @Test func xscreensaversTimeThatIsNotUnderstoodIsUnknown() async throws {
        let machine = try machine("LXQt")
        machine.process(900, ["xscreensaver"])
        machine.write("/home/alice/.xscreensaver", "lock: True\ntimeout: soon\n")
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    // MARK: - light-locker

    @Test func lightLockerThatNeverLocksIsNone() async throws {
        let machine = try machine("XFCE")
        machine.process(900, ["light-locker", "--lock-after-screensaver=0", "--lock-on-suspend"])
        #expect(await machine.state(.screenLockType) == .known(.string("NONE")))
        machine.process(900, ["light-locker", "--lock-after-screensaver", "10"])
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    // MARK: - COSMIC

    @Test(
        arguments: [
            (nil, SignalState.known(.integer(900))), ("Some(300000)", .known(.integer(300))),
            ("Some(1)\n", .known(.integer(1))), ("None", never),
        ] as [(String?, SignalState)])
    func cosmicLocksWhenTheScreenGoesOff(text: String?, expected: SignalState) async throws {
        let machine = try machine("COSMIC")
        if let text { machine.write("/home/alice/.config/\(CosmicLock.folder)/screen_off_time", text) }
        #expect(await machine.state(.screenLockTimeout) == expected)
    }

    @Test(arguments: ["", "Some()", "Some(-1)", "Some(99999999999)", "300000", "Some(x)", "some(5)"])
    func cosmicsTimeThatIsNotUnderstoodIsUnknown(text: String) async throws {
        let machine = try machine("COSMIC")
        machine.write("/home/alice/.config/\(CosmicLock.folder)/screen_off_time", text)
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    @Test func cosmicTakesTheMachinesSettingBeforeItsOwnDefault() async throws {
        let machine = try machine("COSMIC")
        machine.write("/usr/share/\(CosmicLock.folder)/screen_off_time", "Some(60000)")
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(60)))
        machine.write("/home/alice/.config/\(CosmicLock.folder)/screen_off_time", "None")
        #expect(await machine.state(.screenLockTimeout) == Self.never)
    }

    @Test func cosmicWithAnotherCommandForTheLockIsUnknown() async throws {
        let machine = try machine("COSMIC")
        machine.write("/home/alice/.config/\(CosmicLock.actions)", "{\n LockScreen: \"true\",\n}")
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
        machine.write("/home/alice/.config/\(CosmicLock.actions)", "{\n LockScreen: \"loginctl lock-session\",\n}")
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
    }

    // MARK: - Compositors

    @Test func theShortestTimeThatLocksCounts() async throws {
        let machine = try machine("sway")
        machine.process(
            900,
            [
                "swayidle", "timeout", "60", "swaymsg 'output * dpms off'", "timeout", "600", "swaylock", "timeout",
                "300", "gtklock",
            ])
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(300)))
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(false)))
    }

    @Test func variablesOfHypridleAreFollowed() async throws {
        let machine = try machine("Hyprland")
        machine.process(900, ["hypridle"])
        machine.write(
            "/home/alice/.config/hypr/hypridle.conf",
            """
            $lock = pidof hyprlock || hyprlock
            general {
              lock_cmd = $lock
            }
            listener {
              timeout = 240
              on-timeout = loginctl lock-session
            }
            """)
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(240)))
    }

    @Test func aFileThatHypridleIncludesIsNotPassedOver() async throws {
        let machine = try machine("Hyprland")
        machine.process(900, ["hypridle"])
        machine.write("/home/alice/.config/hypr/hypridle.conf", "source = ~/.config/hypr/more.conf\n")
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    @Test func variablesInACircleEnd() {
        let text = "$a = $b$b$b$b\n" + String(repeating: "$b = $b$b$b$b$b$b$b$b$b$b$b$b\n", count: 100) + "x = $b\n"
        #expect(HyprlangFile(parsing: Array(text.utf8)).blocks.count == 1)
    }
}

/// Xfce's and KDE's settings as their own programs read them.
@Suite struct DesktopSettingsDifferentialTests {
    @Test(
        .enabled(if: Tool.areInstalled("/usr/bin/kreadconfig5"), "needs libkf5config-bin"),
        arguments: [
            [nil, "[Daemon]\nAutolock=false\nTimeout=7\n"],
            ["[Daemon]\nAutolock=false\n", "[Daemon]\nAutolock=true\n"],
            ["[Daemon]\nAutolock[$i]=false\nTimeout=3\n", "[Daemon]\nAutolock=true\nTimeout=9\n"],
            ["[Daemon][$i]\nAutolock=false\n", "[Daemon]\nAutolock=true\nTimeout=9\n"],
            ["[$i]\n[Daemon]\nAutolock=false\n", "[Daemon]\nAutolock=true\nTimeout=9\n"],
            [nil, "[Daemon]\nTimeout = 4 \nAutolock= on\n[Other]\nTimeout=1\n[Daemon]\nTimeout=8\n"],
            [nil, "Autolock=false\n[Daemon]\n# Timeout=2\nTimeout=2\n"],
            ["[Daemon]\nTimeout=6\n", nil],
        ] as [[String?]])
    func kdeReadsTheSame(files: [String?]) throws {
        let machine = try MachineFixture()
        for (path, text) in zip(["/etc/xdg/kscreenlockerrc", "/home/alice/.config/kscreenlockerrc"], files) {
            if let text { machine.write(path, text) }
        }
        let group = KConfigGroup("Daemon", in: files.compactMap { $0.map { Array($0.utf8) } })
        for key in ["Autolock", "Timeout", "RequirePassword"] {
            let reference = try Tool.run(
                "/usr/bin/kreadconfig5",
                ["--file", "kscreenlockerrc", "--group", "Daemon", "--key", key, "--default", "nothing"],
                [
                    "HOME": machine.root + "/home/alice", "XDG_CONFIG_HOME": machine.root + "/home/alice/.config",
                    "XDG_CONFIG_DIRS": machine.root + "/etc/xdg", "QT_QPA_PLATFORM": "offscreen",
                ])
            #expect((group[key] ?? "nothing") == reference, "\(key)")
        }
    }

    /// Who runs these tests, by the name that xfconf takes.
    private static let name = (try? Tool.run("/usr/bin/id", ["-un"])) ?? ""

    @Test(
        .enabled(
            if: Tool.areInstalled("/usr/bin/xfconf-query", "/usr/bin/dbus-run-session"), "needs xfconf and dbus"),
        arguments: [
            [
                nil,
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"false\"/></property>",
            ],
            [
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"true\"/></property>",
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"false\"/></property>",
            ],
            [
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"true\" locked=\"*\"/></property>",
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"false\"/></property>",
            ],
            [
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"true\" locked=\"NAME\"/></property>",
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"false\"/></property>",
            ],
            [
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"true\" unlocked=\"nobody\"/></property>",
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"false\"/></property>",
            ],
            [
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"true\" unlocked=\"NAME\"/></property>",
                "<property name=\"lock\" type=\"empty\"><property name=\"enabled\" type=\"bool\" value=\"false\"/></property>",
            ],
        ] as [[String?]])
    func xfceReadsTheSame(files: [String?]) throws {
        let machine = try MachineFixture()
        var channel = XfconfChannel(of: Self.name)
        for (folder, text) in zip(["/etc/xdg", "/home/alice/.config"], files) {
            guard
                let text = text.map({
                    $0.split(separator: "NAME", omittingEmptySubsequences: false).joined(separator: Self.name)
                })
            else { continue }
            let file =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<channel name=\"xfce4-screensaver\" version=\"1.0\">\(text)</channel>\n"
            machine.write("\(folder)/\(XfceLock.channelFile)", file)
            try channel.add(Array(file.utf8))
        }
        let reference = try Tool.run(
            "/usr/bin/dbus-run-session",
            ["--", "/usr/bin/xfconf-query", "-c", "xfce4-screensaver", "-p", "/lock/enabled"],
            [
                "HOME": machine.root + "/home/alice", "XDG_CONFIG_HOME": machine.root + "/home/alice/.config",
                "XDG_CONFIG_DIRS": machine.root + "/etc/xdg", "XDG_RUNTIME_DIR": machine.root,
            ])
        #expect(channel.boolean("/lock/enabled", default: true).map(String.init) == reference)
    }
}
