// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

@Suite struct ScreenLockTests {
    private func type(_ machine: MachineFixture) async -> ScreenLockType? {
        guard case .known(.string(let text)) = await machine.state(.screenLockType) else { return nil }
        return ScreenLockType(rawValue: text)
    }

    private func machine(_ desktop: String?) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.environment["XDG_CURRENT_DESKTOP"] = desktop
        return machine
    }

    // MARK: - Session

    @Test func serverWithoutSessionHasNoScreenToLock() async throws {
        let machine = try machine(nil)
        machine.write("/run/systemd/sessions/3", "UID=\(machine.system.userID)\nCLASS=user\nTYPE=tty\nREMOTE=1\n")
        machine.write("/run/systemd/sessions/4", "UID=99999\nCLASS=user\nTYPE=wayland\nREMOTE=0\nDESKTOP=KDE\n")
        #expect(await machine.state(.screenLockType)?.isNotApplicable == true)
    }

    @Test(arguments: [[:], ["DISPLAY": ":0"]] as [[String: String]])
    func sessionThatNobodyTellsOfIsUnknown(environment: [String: String]) async throws {
        let machine = try machine(nil)
        machine.environment = environment
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
        if !environment.isEmpty {
            try machine.folder("/run/systemd/sessions")
            #expect(await machine.state(.screenLockType)?.isUnknown == true)
        }
    }

    @Test func logindTellsTheDesktopWhereTheEnvironmentDoesNot() async throws {
        let machine = try machine(nil)
        machine.write(
            "/run/systemd/sessions/2",
            "UID=\(machine.system.userID)\nCLASS=user\nTYPE=wayland\nREMOTE=0\nDESKTOP=plasma\n")
        #expect(await type(machine) == .passcode)
    }

    @Test(arguments: ["Deepin", "Enlightenment", "foo:bar"] as [String])
    func desktopThatIsNotReadIsUnknown(desktop: String) async throws {
        #expect(await (try machine(desktop)).state(.screenLockType)?.isUnknown == true)
    }

    // MARK: - GSettings

    private struct Settings: CommandRunner {
        var lines: [String]

        func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
            guard case .listSettings(let schema) = command else { return .failure(.notInstalled) }
            let own = lines.filter { $0.hasPrefix(schema.rawValue + " ") }
            return own.isEmpty
                ? .failure(.ended(status: 1)) : .success(Array((own.joined(separator: "\n") + "\n").utf8))
        }
    }

    private func gnome(
        enabled: String = "true", idle: String = "uint32 300", disabled: String = "false"
    ) -> [String] {
        [
            "org.gnome.desktop.screensaver lock-enabled \(enabled)",
            "org.gnome.desktop.screensaver lock-delay uint32 30",
            "org.gnome.desktop.screensaver idle-activation-enabled false",
            "org.gnome.desktop.session idle-delay \(idle)",
            "org.gnome.desktop.lockdown disable-lock-screen \(disabled)",
        ]
    }

    @Test(
        arguments: ["GNOME", "ubuntu:GNOME", "Pantheon", "GNOME-Classic:GNOME", "Unity:Unity7:ubuntu"] as [String])
    func gnomeLocks(desktop: String) async throws {
        let machine = try machine(desktop)
        machine.commands = Settings(lines: gnome())
        #expect(await type(machine) == .passcode)
    }

    @Test(arguments: [("true", ScreenLockType.passcode), ("false", .none)] as [(String, ScreenLockType)])
    func budgieObeysTheSwitchThatGnomeIgnores(active: String, expected: ScreenLockType) async throws {
        let machine = try machine("Budgie:GNOME")
        machine.commands = Settings(
            lines: gnome().map {
                $0.contains("idle-activation") ? "org.gnome.desktop.screensaver idle-activation-enabled \(active)" : $0
            })
        #expect(await type(machine) == expected)
    }

    @Test func gnomeThatDoesNotLockByItselfIsNone() async throws {
        for lines in [gnome(enabled: "false"), gnome(idle: "uint32 0"), gnome(disabled: "true")] {
            let machine = try machine("GNOME")
            machine.commands = Settings(lines: lines)
            #expect(await type(machine) == ScreenLockType.none)
        }
    }

    @Test func gnomeWhoseSettingsAreNotUnderstoodIsUnknown() async throws {
        for lines in [
            [], gnome(enabled: "maybe"), gnome(idle: "'never'"), gnome(disabled: ""), Array(gnome().dropLast()),
        ] {
            let machine = try machine("GNOME")
            machine.commands = Settings(lines: lines)
            #expect(await machine.state(.screenLockType)?.isUnknown == true)
        }
    }

    @Test func gnomeWithoutGsettingsIsUnknown() async throws {
        #expect(await (try machine("GNOME")).state(.screenLockType)?.isUnknown == true)
    }

    /// On KDE the settings of GNOME are mostly there too, and mean nothing.
    @Test func settingsOfAnotherDesktopDoNotCount() async throws {
        let machine = try machine("KDE")
        machine.commands = Settings(lines: gnome())
        machine.write("/home/alice/.config/kscreenlockerrc", "[Daemon]\nAutolock=false\n")
        #expect(await type(machine) == ScreenLockType.none)
    }

    @Test(arguments: [("true", ScreenLockType.passcode), ("false", .none)] as [(String, ScreenLockType)])
    func mateObeysIdleActivation(active: String, expected: ScreenLockType) async throws {
        let machine = try machine("MATE")
        machine.commands = Settings(lines: [
            "org.mate.screensaver lock-enabled true", "org.mate.screensaver idle-activation-enabled \(active)",
            "org.mate.session idle-delay 5", "org.mate.lockdown disable-lock-screen false",
        ])
        #expect(await type(machine) == expected)
    }

    @Test func cinnamonHasSchemasOfItsOwn() async throws {
        let machine = try machine("X-Cinnamon")
        machine.commands = Settings(
            lines: gnome(enabled: "false") + [
                "org.cinnamon.desktop.screensaver lock-enabled true",
                "org.cinnamon.desktop.session idle-delay uint32 900",
                "org.cinnamon.desktop.lockdown disable-lock-screen false",
            ])
        #expect(await type(machine) == .passcode)
    }

    // MARK: - KDE

    @Test(
        arguments: [
            ([String?.none, nil], ScreenLockType?.some(.passcode)),
            ([nil, "[Daemon]\nAutolock=false\n"], ScreenLockType.none),
            ([nil, "[Daemon]\nRequirePassword=false\n"], ScreenLockType.none),
            ([nil, "[Daemon]\nTimeout=0\n"], ScreenLockType.none),
            ([nil, "[Daemon]\nTimeout=12.5\nAutolock=yes\n"], .passcode),
            ([nil, "[Other]\nAutolock=false\n"], .passcode),
            (["[Daemon]\nAutolock=false\n", "[Daemon]\nAutolock=true\n"], .passcode),
            (["[Daemon]\nAutolock[$i]=true\n", "[Daemon]\nAutolock=false\n"], .passcode),
            (["[Daemon][$i]\nAutolock=true\n", "[Daemon]\nAutolock=false\n"], .passcode),
            (["[$i]\n[Daemon]\nAutolock=true\n", "[Daemon]\nAutolock=false\n"], .passcode),
            (["[Daemon]\nAutolock[$i]=false\n", "[Daemon]\nAutolock=true\n"], ScreenLockType.none),
            ([nil, "[Daemon]\nAutolock=perhaps\n"], nil), ([nil, "[Daemon]\nTimeout=soon\n"], nil),
            ([nil, "#[Daemon]\n#Autolock=false\n"], .passcode),
        ] as [([String?], ScreenLockType?)])
    func readsTheFilesOfKDE(files: [String?], expected: ScreenLockType?) async throws {
        let machine = try machine("KDE")
        if let text = files[0] { machine.write("/etc/xdg/kscreenlockerrc", text) }
        if let text = files[1] { machine.write("/home/alice/.config/kscreenlockerrc", text) }
        #expect(await type(machine) == expected)
        #expect(await machine.state(.screenLockType)?.isUnknown == (expected == nil))
    }

    @Test func kdeWithoutAHomeIsUnknown() async throws {
        let machine = try machine("KDE")
        machine.home = nil
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    // MARK: - Xfce

    private func channel(_ lock: String, locked: String = "") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- <property name="x" -->
        <channel name="xfce4-screensaver" version="1.0">
          <property name="saver" type="empty"><property name="mode" type="int" value="0"/></property>
          <property name="lock" type="empty">
            <property name="enabled" type="bool" value="\(lock)"\(locked)/>
          </property>
        </channel>
        """
    }

    @Test func xfceReadsTheChannelOfItsLocker() async throws {
        let path = "/home/alice/.config/\(XfceLock.channelFile)"
        let machine = try machine("XFCE")
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
        machine.process(900, ["/usr/bin/xfce4-screensaver", "--no-daemon"])
        #expect(await type(machine) == .passcode)
        machine.write(path, channel("false"))
        #expect(await type(machine) == ScreenLockType.none)
        machine.write("/etc/xdg/\(XfceLock.channelFile)", channel("true", locked: #" unlocked="nobody""#))
        #expect(await type(machine) == .passcode)
        machine.write(path, "<channel><property name=")
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("lock:\tTrue\nmode:\t\tblank\n", ScreenLockType?.some(.passcode)),
            ("lock: True\nmode: off\n", ScreenLockType.none),
            ("lock: False\n", ScreenLockType.none), ("#lock: True\n", nil), ("mode: blank\n", nil), ("lock: x\n", nil),
        ] as [(String, ScreenLockType?)])
    func readsXscreensaver(text: String, expected: ScreenLockType?) async throws {
        let machine = try machine("XFCE")
        machine.process(900, ["xscreensaver", "-nosplash"])
        machine.write("/home/alice/.xscreensaver", text)
        #expect(await type(machine) == expected)
    }

    @Test func lockerThatIsNotReadIsUnknown() async throws {
        let machine = try machine("XFCE")
        machine.process(900, ["light-locker"])
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }
}
