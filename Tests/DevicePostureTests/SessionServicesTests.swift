// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import MessageBus
import Testing

@testable import DevicePosture

/// AccountsService, fprintd and logind by python-dbusmock, asked over a real bus.
@Suite(.enabled(if: PrivateBus.isInstalled, "needs dbus-daemon and python3-dbusmock"))
struct SessionServicesTests {
    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        let userID = machine.system.userID
        machine.write("/etc/passwd", "alice:x:\(userID):1000::/home/alice:/bin/sh\n")
        try machine.folder("/etc/shadow")
        return machine
    }

    private func state(_ name: SignalName, _ view: SystemView) async -> SignalState? {
        await PostureCollector(system: view).snapshot(of: [name])[name]?.state
    }

    private func accounts(_ userID: UInt32, mode: Int, isLocked: Bool = false, logins: String = "") -> String {
        """
        accounts = service("org.freedesktop.Accounts", "/org/freedesktop/Accounts", "org.freedesktop.Accounts")
        accounts.AddMethod("", "FindUserById", "x", "o", "ret = dbus.ObjectPath('/org/freedesktop/Accounts/User%d' % args[0])")
        accounts.AddProperty("org.freedesktop.Accounts", "AutomaticLoginUsers", dbus.Array([\(logins)], signature="o"))
        accounts.AddObject("/org/freedesktop/Accounts/User\(userID)", "org.freedesktop.Accounts.User",
            {"PasswordMode": dbus.Int32(\(mode)), "Locked": dbus.Boolean(\(isLocked ? "True" : "False")),
             "Uid": dbus.UInt64(\(userID)), "LoginHistory": dbus.Array([], signature="(xxa{sv})")}, [])
        """
    }

    @Test(
        arguments: [
            (0, false, SignalState.known(.boolean(true))), (1, false, .known(.boolean(true))),
            (2, false, .known(.boolean(false))),
            (0, true, .notApplicable(reason: "no password lets this account in: it is locked")),
        ] as [(Int, Bool, SignalState)])
    func accountsServiceTellsOfThePassword(mode: Int, isLocked: Bool, expected: SignalState) async throws {
        let machine = try machine()
        let bus = try PrivateBus(accounts(machine.system.userID, mode: mode, isLocked: isLocked))
        #expect(await state(.accountHasPassword, bus.view(of: machine)) == expected)
    }

    @Test(arguments: [("", false), ("dbus.ObjectPath('/org/freedesktop/Accounts/User1000')", true)])
    func accountsServiceTellsOfTheLogin(logins: String, expected: Bool) async throws {
        let machine = try machine()
        try machine.folder("/etc/systemd/system")
        machine.write("/usr/lib/systemd/system/gdm.service", "[Service]\nExecStart=/usr/sbin/gdm\n")
        machine.link("/etc/systemd/system/display-manager.service", to: "/usr/lib/systemd/system/gdm.service")
        try machine.folder("/etc/gdm/custom.conf")
        let bus = try PrivateBus(accounts(machine.system.userID, mode: 0, logins: logins))
        #expect(await state(.autoLogin, bus.view(of: machine)) == .known(.boolean(expected)))
    }

    private func fprintd(_ fingers: String) -> String {
        """
        manager = service("net.reactivated.Fprint", "/net/reactivated/Fprint/Manager", "net.reactivated.Fprint.Manager")
        manager.AddMethod("", "GetDefaultDevice", "", "o", "ret = dbus.ObjectPath('/net/reactivated/Fprint/Device/0')")
        manager.AddObject("/net/reactivated/Fprint/Device/0", "net.reactivated.Fprint.Device", {},
            [("ListEnrolledFingers", "s", "as", \"\"\"\(fingers)\"\"\")])
        """
    }

    private static func raise(_ name: String) -> String {
        "raise dbus.exceptions.DBusException('no', name='net.reactivated.Fprint.Error.\(name)')"
    }

    @Test(
        arguments: [
            ("ret = ['right-index-finger', 'left-thumb'] if args[0] == '' else []", SignalState.known(.boolean(true))),
            (raise("NoEnrolledPrints"), .known(.boolean(false))),
            (
                raise("PermissionDenied"),
                .unknown(reason: "fprintd refused to answer (net.reactivated.Fprint.Error.PermissionDenied)")
            ),
            ("ret = 5", .unknown(reason: "")),
        ] as [(String, SignalState)])
    func fprintdTellsOfTheFingers(answer: String, expected: SignalState) async throws {
        let bus = try PrivateBus(fprintd(answer))
        let state = await state(.fingerprintEnrolled, bus.view(of: try machine()))
        if expected.isUnknown { #expect(state?.isUnknown == true) } else { #expect(state == expected) }
    }

    @Test func aScreenThatAFingerOpensIsBiometric() async throws {
        let machine = try machine()
        machine.environment["XDG_CURRENT_DESKTOP"] = "KDE"
        machine.write("/etc/pam.d/kde-fingerprint", "auth required pam_fprintd.so\n")
        let bus = try PrivateBus(fprintd("ret = ['right-index-finger']"))
        #expect(await state(.screenLockType, bus.view(of: machine)) == .known(.string("BIOMETRIC")))
    }

    @Test func aMachineWithoutAReaderSaysSo() async throws {
        let bus = try PrivateBus(
            """
            manager = service("net.reactivated.Fprint", "/net/reactivated/Fprint/Manager", "net.reactivated.Fprint.Manager")
            manager.AddMethod("", "GetDefaultDevice", "", "o", "\(Self.raise("NoSuchDevice"))")
            """)
        #expect(await state(.fingerprintEnrolled, bus.view(of: try machine()))?.isNotApplicable == true)
    }

    @Test func aServiceThatDoesNotAnswerIsUnknown() async throws {
        let bus = try PrivateBus(fprintd("import time\ntime.sleep(3)\nret = ['right-index-finger']"))
        #expect(await state(.fingerprintEnrolled, bus.view(of: try machine()))?.isUnknown == true)
    }

    @Test func withoutServicesNothingIsGuessed() async throws {
        let bus = try PrivateBus("")
        let view = bus.view(of: try machine())
        #expect(await state(.fingerprintEnrolled, view)?.isNotApplicable == true)
        #expect(await state(.accountHasPassword, view)?.isUnknown == true)
        #expect(await state(.screenLockType, view)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("wayland", "KDE", "False", SignalState.known(.string("PASSCODE"))),
            ("tty", "", "False", .unknown(reason: "")),
            ("wayland", "KDE", "True", .unknown(reason: "")), ("x11", "", "False", .unknown(reason: "")),
        ] as [(String, String, String, SignalState)])
    func logindTellsTheDesktop(type: String, desktop: String, isRemote: String, expected: SignalState) async throws {
        let bus = try PrivateBus(
            """
            login = service("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
            login.AddObject("/org/freedesktop/login1/session/auto", "org.freedesktop.login1.Session",
                {"Type": "\(type)", "Desktop": "\(desktop)", "Remote": dbus.Boolean(\(isRemote)), "VTNr": dbus.UInt32(2),
                 "User": dbus.Struct((dbus.UInt32(1000), dbus.ObjectPath("/x")), signature="uo")}, [])
            """)
        let state = await state(.screenLockType, bus.view(of: try machine()))
        if expected.isUnknown { #expect(state?.isUnknown == true) } else { #expect(state == expected) }
    }
}
