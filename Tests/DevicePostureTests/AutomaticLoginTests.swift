// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import MessageBus
import Testing

@testable import DevicePosture

/// Whether the machine logs somebody in by itself.
@Suite struct AutomaticLoginTests {
    private static let yes = SignalState.known(.boolean(true))
    private static let no = SignalState.known(.boolean(false))

    /// A machine with systemd whose display manager is this.
    private func machine(_ displayManager: String?) throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/etc/systemd/system")
        machine.write(
            "/usr/lib/systemd/system/getty@.service",
            "[Service]\nExecStart=-/sbin/agetty -o '-p -- \\\\u' --noclear - $TERM\n")
        if let displayManager {
            let unit = "/usr/lib/systemd/system/\(displayManager).service"
            machine.write(unit, "[Service]\nExecStart=/usr/sbin/\(displayManager)\n")
            machine.link("/etc/systemd/system/display-manager.service", to: unit)
        }
        return machine
    }

    @Test func withoutADisplayManagerNobodyIsLoggedIn() async throws {
        #expect(await (try machine(nil)).state(.autoLogin) == Self.no)
    }

    // MARK: - Which display manager

    @Test func onlyTheActiveDisplayManagerCounts() async throws {
        let machine = try machine("sddm")
        machine.write("/etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=alice\n")
        machine.write("/etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=alice\n")
        machine.write("/etc/greetd/config.toml", "[initial_session]\ncommand = \"sway\"\nuser = \"alice\"\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.write("/etc/sddm.conf", "[Autologin]\nUser=alice\nSession=plasma\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    @Test func aMaskedDisplayManagerIsNone() async throws {
        let machine = try machine(nil)
        machine.write("/dev/null", "")
        machine.link("/etc/systemd/system/display-manager.service", to: "/dev/null")
        machine.write("/etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=alice\n")
        #expect(await machine.state(.autoLogin) == Self.no)
    }

    @Test(arguments: ["xdm", "slim", "entrance", "ly"])
    func aDisplayManagerThatIsNotReadIsUnknown(name: String) async throws {
        #expect(await (try machine(name)).state(.autoLogin)?.isUnknown == true)
    }

    /// NixOS names the unit itself `display-manager.service`.
    @Test func theUnitsCommandTellsWhereItsNameDoesNot() async throws {
        let machine = try machine(nil)
        let unit = "/nix/store/x-unit-display-manager.service/display-manager.service"
        machine.write(unit, "[Service]\nExecStart=/nix/store/y-sddm-0.21/bin/sddm\n")
        machine.link("/etc/systemd/system/display-manager.service", to: unit)
        machine.write("/etc/sddm.conf", "[Autologin]\nUser=alice\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
        machine.write(unit, "[Service]\nExecStart=/nix/store/y-something/bin/start\n")
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
    }

    @Test func withoutSystemdOpenRCTells() async throws {
        let machine = try MachineFixture()
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
        machine.write("/etc/runlevels/default/display-manager", "")
        machine.write("/etc/conf.d/display-manager", "CHECKVT=7\nDISPLAYMANAGER=\"lightdm\"\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.write("/etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=alice\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    // MARK: - GDM

    @Test(arguments: ["/etc/gdm3/daemon.conf", "/etc/gdm3/custom.conf", "/etc/gdm/custom.conf"])
    func gdmsThreePathsAreRead(path: String) async throws {
        let machine = try machine("gdm")
        machine.write(path, "[daemon]\nAutomaticLoginEnable=True\nAutomaticLogin=alice\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    @Test(
        arguments: [
            ("[daemon]\n#AutomaticLoginEnable=true\n#AutomaticLogin=alice\n", no),
            ("[daemon]\n#  TimedLoginDelay = 10\n", no), ("[daemon]\nTimedLoginDelay=10\n", no),
            ("[daemon]\nTimedLoginEnable=true\nTimedLogin=alice\nTimedLoginDelay=10\n", yes),
            ("[daemon]\nAutomaticLoginEnable=true\n", no),
            ("[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=\n", no),
            ("[daemon]\nAutomaticLogin=alice\n", no),
            ("[daemon]\nAutomaticLoginEnable=false\nAutomaticLogin=alice\n", no),
            ("[daemon]\nAutomaticLoginEnable=yes\nAutomaticLogin=alice\n", no),
            ("[security]\nAutomaticLoginEnable=true\nAutomaticLogin=alice\n[daemon]\n", no),
            ("[daemon]\nAutomaticLoginEnable=1\nAutomaticLogin = alice\n", yes),
            ("[daemon]\nAutomaticLoginEnable=false\nAutomaticLogin=alice\nAutomaticLoginEnable=true\n", yes), ("", no),
        ] as [(String, SignalState)])
    func gdmsSettingsAreReadAsGDMReadsThem(text: String, expected: SignalState) async throws {
        let machine = try machine("gdm3")
        machine.write("/etc/gdm3/custom.conf", text)
        #expect(await machine.state(.autoLogin) == expected)
    }

    @Test func aFileAtAnotherDistributionsPlaceDoesNotCount() async throws {
        let machine = try machine("gdm")
        machine.write("/etc/gdm3/custom.conf", "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=alice\n")
        machine.write("/etc/gdm3/daemon.conf", "[daemon]\n")
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
        machine.write("/etc/os-release", "ID=debian\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.write("/etc/os-release", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    @Test func settingsThatCannotBeReadAreAskedForOrUnknown() async throws {
        let machine = try machine("gdm")
        try machine.folder("/etc/gdm/custom.conf")
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
        machine.answers[.automaticLogins] = .success(.list([]))
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.answers[.automaticLogins] = .success(.list([.string("/org/freedesktop/Accounts/User1000")]))
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    @Test(arguments: ["garbage\n", "AutomaticLoginEnable=true\n", "[daemon\nAutomaticLoginEnable=true\n"])
    func aFileThatGLibRefusesIsUnknown(text: String) async throws {
        let machine = try machine("gdm")
        machine.write("/etc/gdm/custom.conf", text)
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
    }

    // MARK: - Plasma Login Manager

    private static let logsIn = "[Autologin]\nUser=alice\n"
    private static let logsNobodyIn = "[Autologin]\nUser=\n"

    @Test(arguments: [
        "/etc/plasmalogin.conf", "/etc/plasmalogin.conf.d/10.conf", "/usr/lib/plasmalogin/plasmalogin.conf.d/10.conf",
        "/usr/lib/plasmalogin/defaults.conf",
    ])
    func plasmasFourPlacesAreRead(path: String) async throws {
        let machine = try machine("plasmalogin")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.write(path, Self.logsIn)
        #expect(await machine.state(.autoLogin) == Self.yes)
        // SDDM's files are not its own.
        machine.remove(path)
        machine.write("/etc/sddm.conf", Self.logsIn)
        #expect(await machine.state(.autoLogin) == Self.no)
    }

    @Test func plasmasOwnFileStandsBeforeAllOthers() async throws {
        let machine = try machine("plasmalogin")
        machine.write("/etc/plasmalogin.conf.d/10.conf", Self.logsIn)
        machine.write("/etc/plasmalogin.conf", Self.logsNobodyIn)
        #expect(await machine.state(.autoLogin) == Self.no)
        // Versions differ in which of these stands.
        machine.remove("/etc/plasmalogin.conf")
        machine.write("/usr/lib/plasmalogin/plasmalogin.conf.d/10.conf", Self.logsNobodyIn)
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
    }

    // MARK: - SDDM

    @Test func sddmsLaterFilesStand() async throws {
        let machine = try machine("sddm")
        machine.write("/usr/lib/sddm/sddm.conf.d/10.conf", "[Autologin]\nUser=alice\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
        machine.write("/etc/sddm.conf.d/20-kde_settings.conf", "[Autologin]\nRelogin=false\nUser=\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        // Every file of the folder is read, a copy that was put aside, too.
        machine.write("/etc/sddm.conf.d/30.conf.bak", "[Autologin]\nUser=alice # me\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
        machine.write("/etc/sddm.conf", "[Autologin]\nUser=\n")
        #expect(await machine.state(.autoLogin) == Self.no)
    }

    @Test(
        arguments: [
            ("[Autologin]\n#User=alice\n", no), ("[Autologin]\nUser=# alice\n", no), ("[Users]\nUser=alice\n", no),
            ("User=alice\n[Autologin]\nSession=plasma\n", no), ("junk\n[Autologin]\n User = alice\n", yes),
        ] as [(String, SignalState)])
    func sddmsSettingsAreReadAsSDDMReadsThem(text: String, expected: SignalState) async throws {
        let machine = try machine("sddm")
        machine.write("/etc/sddm.conf", text)
        #expect(await machine.state(.autoLogin) == expected)
    }

    @Test func aFolderOfSDDMThatCannotBeReadIsUnknown() async throws {
        let machine = try machine("sddm")
        try machine.folder("/etc/sddm.conf")
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
    }

    // MARK: - LightDM

    @Test func lightdmsLaterFilesStand() async throws {
        let machine = try machine("lightdm")
        machine.write("/usr/share/lightdm/lightdm.conf.d/60.conf", "[Seat:*]\nautologin-user=alice\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
        machine.write("/etc/lightdm/lightdm.conf", "[Seat:*]\n#autologin-user=\nautologin-user=\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.write("/etc/lightdm/lightdm.conf.d/70.conf.disabled", "[Seat:*]\nautologin-user=alice\n")
        #expect(await machine.state(.autoLogin) == Self.no)
    }

    @Test(
        arguments: [
            ("[SeatDefaults]\nautologin-user=alice\n", yes), ("[Seat:seat0]\nautologin-user=alice\n", yes),
            ("[Seat:seat1]\nautologin-user=alice\n", yes), ("[Seat:*]\nautologin-guest=true\n", yes),
            ("[Seat:*]\nautologin-user=alice\n[Seat:seat0]\nautologin-user=\n", no),
            ("[LightDM]\nautologin-user=alice\n", no), ("[Seat:*]\nautologin-user-timeout=5\n", no),
            ("[Seat:*]\nautologin-guest=false\nautologin-session=xfce\n", no),
            ("[Seat:x*]\nautologin-user=alice\n", no),
        ] as [(String, SignalState)])
    func lightdmsSeatsAreKeptApart(text: String, expected: SignalState) async throws {
        let machine = try machine("lightdm")
        machine.write("/etc/lightdm/lightdm.conf", text)
        #expect(await machine.state(.autoLogin) == expected)
    }

    // MARK: - greetd

    @Test(
        arguments: [
            ("[default_session]\ncommand = \"agreety --cmd sh\"\nuser = \"greeter\"\n", no),
            ("[initial_session]\ncommand = \"sway\"\nuser = \"alice\"\n", yes),
            ("# [initial_session]\n# command = \"sway\"\n[default_session]\nuser = \"greeter\"\n", no),
            ("initial_session = { command = \"sway\", user = \"alice\" }\n", yes),
            ("[default_session]\ncommand = \"sway\"\nuser = \"alice\" # me\n", yes), ("[terminal]\nvt = 1\n", no),
        ] as [(String, SignalState)])
    func greetdsFirstSessionIsALogin(text: String, expected: SignalState) async throws {
        let machine = try machine("greetd")
        machine.write(
            "/etc/passwd", "greeter:x:900:900::/var/lib/greetd:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n")
        machine.write("/etc/greetd/config.toml", text)
        #expect(await machine.state(.autoLogin) == expected)
    }

    @Test func greetdReadsTheFileThatItsUnitNames() async throws {
        let machine = try machine("cosmic-greeter")
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
        machine.write(
            "/usr/lib/systemd/system/cosmic-greeter.service",
            "[Service]\nExecStart=/usr/bin/greetd --config /etc/greetd/cosmic-greeter.toml\n")
        machine.write("/etc/greetd/cosmic-greeter.toml", "[initial_session]\ncommand = \"start-cosmic\"\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    // MARK: - Consoles

    @Test(
        arguments: [
            ("-/sbin/agetty --autologin alice --noclear %I $TERM", true),
            ("-/sbin/agetty -o '-p -f -- \\\\u' --noclear - $TERM", true), ("-/sbin/agetty -a root tty1", true),
            ("-/sbin/agetty -aroot tty1", true), ("-/sbin/mingetty --autologin=root tty1", true),
            ("/bin/login -f root", true), ("-/sbin/agetty -o '-p -- \\\\u' --noclear - $TERM", false),
            ("/bin/sh -c 'exec agetty --autologin root tty1'", true), ("-/sbin/agetty 115200 ttyS0", false),
            ("", false),
            ("\"unclosed --autologin root", true), ("/bin/login root", false),
        ] as [(String, Bool)])
    func readsTheCommandOfAConsole(command: String, expected: Bool) {
        #expect(Consoles.logsIn(command) == expected)
    }

    @Test(arguments: ["getty@tty1.service.d", "getty@.service.d", "serial-getty@ttyS0.service.d", "autovt@.service.d"])
    func aChangeOfAConsolesUnitIsRead(folder: String) async throws {
        let machine = try machine(nil)
        machine.write(
            "/etc/systemd/system/\(folder)/autologin.conf",
            "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin alice --noclear %I $TERM\n")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    @Test func aChangeThatIsTakenBackIsNone() async throws {
        let machine = try machine(nil)
        let login = "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin alice %I\n"
        machine.write("/usr/lib/systemd/system/getty@tty1.service.d/10-live.conf", login)
        #expect(await machine.state(.autoLogin) == Self.yes)
        // The administrator's file of the same name stands in its place.
        machine.write("/etc/systemd/system/getty@tty1.service.d/10-live.conf", "# nothing\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.write("/etc/systemd/system/getty@tty1.service.d/20.conf", login)
        machine.write(
            "/etc/systemd/system/getty@tty1.service.d/30.conf", "[Service]\nExecStart=\nExecStart=-/sbin/agetty %I\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.write(
            "/etc/systemd/system/getty@tty1.service.d/40.conf", "[Service]\n#ExecStart=-/sbin/agetty --autologin a\n")
        machine.write("/etc/systemd/system/getty@tty1.service.d/50.conf.off", login)
        #expect(await machine.state(.autoLogin) == Self.no)
    }

    @Test func aConsoleOfAnotherNameIsRead() async throws {
        let machine = try machine(nil)
        machine.write(
            "/etc/systemd/system/autologin@.service", "[Service]\nExecStart=-/sbin/agetty --autologin alice %I\n")
        #expect(await machine.state(.autoLogin) == Self.no)
        machine.link(
            "/etc/systemd/system/getty.target.wants/getty@tty1.service", to: "/etc/systemd/system/autologin@.service")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    @Test func theMarkOfALoginCounts() async throws {
        let machine = try machine(nil)
        machine.write("/run/agetty.autologged", "")
        #expect(await machine.state(.autoLogin) == Self.yes)
    }

    @Test(
        arguments: [
            ("1:2345:respawn:/sbin/agetty --autologin alice tty1 linux\n", yes),
            ("tty1::respawn:/sbin/getty 38400 tty1\n", no),
            ("#1:2345:respawn:/sbin/agetty --autologin alice tty1\n", no), ("tty1::respawn:/bin/login -f root\n", yes),
            ("x:off:/sbin/agetty --autologin a\n", no),
        ] as [(String, SignalState)])
    func readsTheTableOfAnotherInit(text: String, expected: SignalState) async throws {
        let machine = try MachineFixture()
        try machine.folder("/etc/runlevels/default")
        machine.write("/etc/inittab", text)
        #expect(await machine.state(.autoLogin) == expected)
    }

    // MARK: - Elsewhere

    @Test func windowsAndContainersHaveNoLoginOfTheirOwn() async throws {
        let machine = try machine("gdm")
        machine.write("/proc/sys/kernel/osrelease", "5.15.0-microsoft-standard-WSL2\n")
        #expect(await machine.state(.autoLogin)?.isUnknown == true)
        machine.write("/proc/sys/kernel/osrelease", "6.1.0\n")
        machine.write("/run/systemd/container", "docker\n")
        #expect(await machine.state(.autoLogin)?.isNotApplicable == true)
    }
}
