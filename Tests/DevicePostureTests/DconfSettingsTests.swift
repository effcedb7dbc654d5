// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Testing

@testable import DevicePosture

/// The files of dconf and of GLib's schemas, as `dconf compile` and `glib-compile-schemas` make them, against gsettings.
@Suite(
    .enabled(
        if: Tool.areInstalled("/usr/bin/dconf", "/usr/bin/glib-compile-schemas", "/usr/bin/gsettings"),
        "needs dconf-cli, libglib2.0-bin and dconf-gsettings-backend"))
struct DconfSettingsTests {
    private let keys = SettingsLock.budgie.keys

    private static let schemas = """
        <schemalist>
          <schema id="org.gnome.desktop.screensaver" path="/org/gnome/desktop/screensaver/">
            <key name="lock-enabled" type="b"><default>true</default></key>
            <key name="idle-activation-enabled" type="b"><default>true</default></key>
            <key name="lock-delay" type="u"><default>0</default></key>
          </schema>
          <schema id="org.gnome.desktop.session" path="/org/gnome/desktop/session/">
            <key name="idle-delay" type="u"><range min="0" max="100000"/><default>300</default></key>
            <key name="session-name" type="s"><default>'gnome'</default></key>
          </schema>
          <schema id="org.gnome.desktop.lockdown" path="/org/gnome/desktop/lockdown/">
            <key name="disable-lock-screen" type="b"><default>false</default></key>
          </schema>
          <schema id="org.mate.session" path="/org/mate/desktop/session/">
            <key name="idle-delay" type="i"><default>5</default></key>
          </schema>
        </schemalist>
        """

    private func machine(
        override: String? = nil, own: String? = nil, site: String? = nil, locks: [String] = []
    ) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.environment["XDG_CURRENT_DESKTOP"] = "GNOME"
        let folder = "/usr/share/glib-2.0/schemas"
        machine.write("\(folder)/desktop.gschema.xml", Self.schemas)
        if let override { machine.write("\(folder)/10_site.gschema.override", override) }
        _ = try Tool.run("/usr/bin/glib-compile-schemas", [machine.root + folder])
        if let own { try compile(own, [], "/home/alice/.config/dconf/user", machine) }
        if let site {
            try compile(site, locks, "/etc/dconf/db/site", machine)
            machine.write("/etc/dconf/profile/user", "user-db:user # the person's\nsystem-db:site\n")
        }
        return machine
    }

    private func compile(_ text: String, _ locks: [String], _ path: String, _ machine: MachineFixture) throws {
        let folder = "/var/keys-\(path.split(separator: "/").joined(separator: "-"))"
        machine.write("\(folder)/keys", text)
        if !locks.isEmpty { machine.write("\(folder)/locks/locks", locks.joined(separator: "\n") + "\n") }
        machine.write(path, "")
        machine.remove(path)
        _ = try Tool.run("/usr/bin/dconf", ["compile", machine.root + path, machine.root + folder])
    }

    /// What gsettings says of the same files.
    private func reference(_ machine: MachineFixture, _ verb: String, _ key: SettingsKey) throws -> String {
        let profile = machine.root + "/profile"
        let site = machine.root + "/etc/dconf/db/site"
        let hasSite = FileManager.default.fileExists(atPath: site)
        machine.write("/profile", "user-db:user\n" + (hasSite ? "file-db:\(site)\n" : ""))
        return try Tool.run(
            "/usr/bin/gsettings", [verb, key.schema.rawValue, key.name],
            [
                "HOME": machine.root + "/home/alice", "XDG_CONFIG_HOME": machine.root + "/home/alice/.config",
                "XDG_DATA_DIRS": machine.root + "/usr/share", "XDG_DATA_HOME": machine.root + "/none",
                "DCONF_PROFILE": profile, "GSETTINGS_BACKEND": "dconf",
                "DBUS_SESSION_BUS_ADDRESS": "unix:path=/proc/nonexistent/bus", "XDG_RUNTIME_DIR": machine.root + "/run",
            ])
    }

    struct Case: Sendable {
        var override: String?
        var own: String?
        var site: String?
        var locks: [String] = []
    }

    @Test(arguments: [
        Case(),
        Case(override: "[org.gnome.desktop.session]\nidle-delay=600\n"),
        Case(own: "[org/gnome/desktop/screensaver]\nlock-enabled=false\nlock-delay=uint32 30\n"),
        Case(site: "[org/gnome/desktop/session]\nidle-delay=uint32 120\n"),
        Case(
            own: "[org/gnome/desktop/session]\nidle-delay=uint32 0\n",
            site: "[org/gnome/desktop/session]\nidle-delay=uint32 120\n"),
        Case(
            own: "[org/gnome/desktop/session]\nidle-delay=uint32 0\n",
            site: "[org/gnome/desktop/session]\nidle-delay=uint32 120\n",
            locks: ["/org/gnome/desktop/session/idle-delay"]),
        // A lock without a value of its own leaves the default.
        Case(
            own: "[org/gnome/desktop/session]\nidle-delay=uint32 0\n",
            site: "[org/gnome/desktop/lockdown]\ndisable-lock-screen=true\n",
            locks: ["/org/gnome/desktop/session/idle-delay", "/org/gnome/desktop/lockdown/disable-lock-screen"]),
        // A value of another type does not count.
        Case(own: "[org/gnome/desktop/session]\nidle-delay='never'\n"),
    ])
    func saysWhatGsettingsSays(one: Case) throws {
        let machine = try machine(override: one.override, own: one.own, site: one.site, locks: one.locks)
        let table = try #require(DconfSettings.read(keys, in: machine.system))
        for key in keys {
            let expected = try reference(machine, "get", key)
            let value =
                table.boolean(key.name, of: key.schema).map(String.init)
                ?? table.number(key.name, of: key.schema).map { "uint32 \($0)" }
            #expect(value == expected, "\(key)")
            let isWritable = try reference(machine, "writable", key)
            #expect(table.enforcement(of: [key]) == (isWritable == "true" ? .free : .locked), "\(key)")
        }
    }

    @Test func screenLocksByTheAdministratorsLockedKeys() async throws {
        let site = """
            [org/gnome/desktop/session]
            idle-delay=uint32 300
            [org/gnome/desktop/screensaver]
            lock-enabled=true
            lock-delay=uint32 15
            [org/gnome/desktop/lockdown]
            disable-lock-screen=false
            """
        let locks = SettingsLock.gnome.keys.map { key in
            "/" + key.schema.rawValue.split(separator: ".").joined(separator: "/") + "/" + key.name
        }
        let own = "[org/gnome/desktop/screensaver]\nlock-enabled=false\n"
        var machine = try machine(own: own, site: site, locks: locks)
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(315)))
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(true)))
        // One key that the person may change is enough to undo it.
        machine = try self.machine(own: own, site: site, locks: Array(locks.dropFirst()))
        #expect(await machine.state(.screenLockType) == .known(.string("NONE")))
        #expect(await machine.state(.screenLockTimeout) == .known(.string("NEVER")))
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(false)))
        machine = try self.machine(site: site, locks: Array(locks.dropFirst()))
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(false)))
    }

    @Test func aProfileWithoutADatabaseOfThePersonIsLocked() async throws {
        let machine = try machine(site: "[org/gnome/desktop/session]\nidle-delay=uint32 60\n")
        machine.write("/etc/dconf/profile/user", "system-db:site\n")
        #expect(await machine.state(.screenLockTimeout) == .known(.integer(60)))
        #expect(await machine.state(.screenLockEnforced) == .known(.boolean(true)))
    }

    @Test func aNumberWithASignIsRead() throws {
        let key = SettingsKey(.mateSession, "idle-delay")
        let machine = try machine(own: "[org/mate/desktop/session]\nidle-delay=-7\n")
        #expect(DconfSettings.read([key], in: machine.system)?.number("idle-delay", of: .mateSession) == -7)
    }

    /// What the files do not tell is left to gsettings, and without it unknown.
    @Test(arguments: [
        "service-db:keyfile/user\n", "user-db:../user\n", "nonsense\n", "user-db:user\nsystem-db:a/b\n",
    ])
    func profileThatIsNotReadIsLeftToGsettings(profile: String) async throws {
        let machine = try machine()
        #expect(await machine.state(.screenLockType) == .known(.string("PASSCODE")))
        machine.write("/etc/dconf/profile/user", profile)
        #expect(await machine.state(.screenLockType)?.isUnknown == true)
    }

    @Test func aDefaultForOneDesktopIsLeftToGsettings() throws {
        let machine = try machine(override: "[org.gnome.desktop.session:GNOME]\nidle-delay=0\n")
        #expect(DconfSettings.read(keys, in: machine.system) == nil)
        #expect(try reference(machine, "get", SettingsKey(.gnomeSession, "idle-delay")) == "uint32 300")
    }

    @Test func aDatabaseThatIsCutOffIsNeverRead() throws {
        let machine = try machine(own: "[org/gnome/desktop/screensaver]\nlock-enabled=false\n")
        let path = "/home/alice/.config/dconf/user"
        let whole = try machine.system.read(path)
        for count in 1..<whole.count {
            let table = try? GVDBTable(parsing: Array(whole[..<count]))
            #expect(table?.variant("/org/gnome/desktop/screensaver/lock-enabled")?.text != "true")
        }
        machine.write(path, Array(whole[..<40]))
        #expect(DconfSettings.read(keys, in: machine.system) == nil)
        machine.write(path, [])
        #expect(DconfSettings.read(keys, in: machine.system)?.boolean("lock-enabled", of: .gnomeScreenSaver) == true)
    }

    @Test func everyByteMayBeWrong() throws {
        let machine = try machine(own: "[org/gnome/desktop/screensaver]\nlock-enabled=false\n")
        let whole = try machine.system.read("/home/alice/.config/dconf/user")
        for index in whole.indices {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[index] = value
                let table = try? GVDBTable(parsing: bytes)
                _ = table?.variant("/org/gnome/desktop/screensaver/lock-enabled")?.text
                _ = table?.table(".locks")?.contains("x")
            }
        }
    }
}

/// The command's output, with the keyfile backend of GLib below it.
@Suite(
    .enabled(
        if: Tool.areInstalled("/usr/bin/gsettings")
            && FileManager.default.fileExists(
                atPath: "/usr/share/glib-2.0/schemas/org.gnome.desktop.screensaver.gschema.xml"),
        "needs libglib2.0-bin and gsettings-desktop-schemas"))
struct GsettingsCommandTests {
    @Test(arguments: [
        ("", ScreenLockPlan.Outcome.locks(after: 300)),
        ("[org/gnome/desktop/session]\nidle-delay=uint32 60\n", .locks(after: 60)),
        ("[org/gnome/desktop/screensaver]\nlock-delay=uint32 5\n", .locks(after: 305)),
        ("[org/gnome/desktop/screensaver]\nlock-enabled=false\n", .never),
        ("[org/gnome/desktop/session]\nidle-delay=uint32 0\n", .never),
        ("[org/gnome/desktop/lockdown]\ndisable-lock-screen=true\n", .never),
    ])
    func readsWhatTheRealCommandPrints(keyfile: String, expected: ScreenLockPlan.Outcome) throws {
        let machine = try MachineFixture()
        machine.write("/home/alice/.config/glib-2.0/settings/keyfile", keyfile)
        var output = ""
        for schema in [Command.SettingsSchema.gnomeScreenSaver, .gnomeSession, .gnomeLockdown] {
            output +=
                try Tool.run(
                    "/usr/bin/gsettings", Command.listSettings(schema).arguments,
                    [
                        "HOME": machine.root + "/home/alice", "XDG_CONFIG_HOME": machine.root + "/home/alice/.config",
                        "GSETTINGS_BACKEND": "keyfile", "XDG_DATA_DIRS": "/usr/share",
                    ]) + "\n"
        }
        #expect(SettingsLock.gnome.judge(SettingsTable(parsing: Array(output.utf8))).outcome == expected)
    }
}
