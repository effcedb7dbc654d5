// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The real fprintd on a system bus of a test's own, with libfprint's virtual reader below it. polkit alone is python-dbusmock's.
package final class VirtualFingerprintReader: Sendable {
    /// Whether the programs are installed.
    package static let isInstalled =
        access("/usr/bin/dbus-daemon", X_OK) == 0 && access("/usr/libexec/fprintd", X_OK) == 0
        && system("/usr/bin/python3 -c 'import dbus, dbusmock, gi' 2>/dev/null") == 0

    /// What is there.
    package enum Setup: String, Sendable {
        /// A reader that knows the finger `mine`.
        case enrolled
        /// A reader that knows no finger.
        case noFinger
        /// fprintd, and no reader.
        case noReader
        /// A bus, and no fprintd.
        case noService
        /// A reader that polkit lets nobody use, for whom a finger was enrolled.
        case notPermitted
    }

    /// The bus.
    package let address: String
    private let folder: TemporaryFolder

    /// Starts all of it.
    package init(_ setup: Setup = .enrolled) throws {
        folder = try TemporaryFolder()
        address = "unix:path=\(folder.path)/bus"
        try folder.write(Self.driver, to: "driver.py", mode: 0o700)
        try folder.write(
            """
            #!/bin/sh
            cd '\(folder.path)'
            mkdir -m 700 state
            cat > bus.conf <<'END'
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>system</type><listen>\(address)</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow user="*"/><allow own="*"/>
            <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>
            END
            dbus-daemon --config-file=bus.conf --fork --print-pid > bus.pid 2> bus.log || exit 1
            export DBUS_SYSTEM_BUS_ADDRESS='\(address)'
            [ \(setup.rawValue) = noService ] && exit 0
            /usr/bin/python3 -m dbusmock --system --template polkitd > polkit.log 2>&1 < /dev/null &
            echo $! > polkit.pid
            [ \(setup.rawValue) = noReader ] || export FP_VIRTUAL_DEVICE='\(folder.path)/device'
            FP_DRIVERS_WHITELIST=virtual_device STATE_DIRECTORY='\(folder.path)/state' G_MESSAGES_DEBUG=all \\
              /usr/libexec/fprintd --no-timeout > fprintd.log 2>&1 < /dev/null &
            echo $! > fprintd.pid
            exec /usr/bin/python3 driver.py set-up \(setup.rawValue) > driver.log 2>&1
            """, to: "start", mode: 0o700)
        guard system("'\(folder.path)/start' >/dev/null 2>&1 </dev/null") == 0 else {
            stop()
            throw TemporaryFolderError(path: folder.read("driver.log") + folder.read("fprintd.log"))
        }
    }

    deinit { stop() }

    private func stop() {
        for name in ["holder.pid", "fprintd.pid", "polkit.pid", "bus.pid"] { end(name) }
    }

    private func end(_ name: String) {
        if let pid = Int32(folder.read(name).filter { $0.isNumber }) { kill(pid, SIGTERM) }
    }

    /// Puts a finger on the reader, as soon as it is open. The person's own is `mine`.
    package func show(_ finger: String) { tell("SCAN \(finger)") }

    /// Puts fingers on the reader, one after the other, as soon as somebody has opened it and looks; returns at once.
    package func showLater(_ fingers: String...) {
        drive("show", fingers.map { "'\($0)'" }.joined(separator: " ") + " &")
    }

    /// Has the reader do something: `RETRY 1`, `ERROR 0`, `UNPLUG` (libfprint, `virtual-device.c`).
    package func tell(_ command: String) { drive("device", "'\(command)'") }

    /// Ends fprintd.
    package func stopService() { end("fprintd.pid") }

    /// Has another program claim the reader, until the test is over.
    package func claimElsewhere() {
        drive("hold", "& echo $! > holder.pid; for i in $(seq 500); do [ -e held ] && break; sleep 0.02; done")
    }

    /// Has another program tell every connection of the bus that the finger was known.
    package func forgeMatch() { drive("forge", "") }

    /// Whether somebody has the reader now.
    package var isClaimed: Bool { drive("claimed", "") == 0 }

    /// Runs the driver in the folder of the test.
    @discardableResult
    private func drive(_ verb: String, _ rest: String) -> Int32 {
        let status = system(
            "cd '\(folder.path)' || exit 1; exec >> driver.log 2>&1 < /dev/null; export DBUS_SYSTEM_BUS_ADDRESS='\(address)'; "
                + "timeout 60 /usr/bin/python3 driver.py \(verb) \(rest)")
        return status >> 8
    }

    private static let driver = #"""
        import socket, sys, time
        import dbus
        import dbus.lowlevel
        from dbus.mainloop.glib import DBusGMainLoop
        from gi.repository import GLib

        DBusGMainLoop(set_as_default=True)
        FPRINT = "net.reactivated.Fprint"

        def tell(command):
            for _ in range(1000):
                try:
                    with socket.socket(socket.AF_UNIX) as device:
                        device.connect("device")
                        device.sendall(command.encode())
                    return
                except OSError:
                    time.sleep(0.02)
            sys.exit("the device does not listen")

        def until_owned(bus, name):
            for _ in range(500):
                if bus.name_has_owner(name):
                    return
                time.sleep(0.02)
            sys.exit(f"{name} did not come")

        def device(bus):
            manager = dbus.Interface(bus.get_object(FPRINT, "/net/reactivated/Fprint/Manager"), FPRINT + ".Manager")
            return dbus.Interface(bus.get_object(FPRINT, manager.GetDefaultDevice()), FPRINT + ".Device")

        def permit(bus, *actions):
            authority = bus.get_object("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority")
            allowed = dbus.Array([f"net.reactivated.fprint.device.{action}" for action in actions], signature="s")
            dbus.Interface(authority, "org.freedesktop.DBus.Mock").SetAllowed(allowed)

        def enroll(reader):
            loop = GLib.MainLoop()
            said = []
            def status(result, done):
                said.append(result)
                loop.quit() if done else tell("SCAN mine")
            reader.connect_to_signal("EnrollStatus", status)
            reader.Claim("")
            reader.EnrollStart("right-index-finger")
            tell("SCAN mine")
            GLib.timeout_add_seconds(10, loop.quit)
            loop.run()
            reader.EnrollStop()
            reader.Release()
            if said[-1:] != ["enroll-completed"]:
                sys.exit(f"not enrolled: {said}")

        def set_up(bus, setup):
            until_owned(bus, "org.freedesktop.PolicyKit1")
            until_owned(bus, FPRINT)
            permit(bus, "verify", "enroll")
            if setup in ("enrolled", "notPermitted"):
                enroll(device(bus))
            if setup == "notPermitted":
                permit(bus)

        def hold(bus):
            device(bus).Claim("")
            open("held", "w").close()
            time.sleep(60)

        def forge(bus):
            path = device(bus).object_path
            for name in bus.list_names():
                if name.startswith(":"):
                    message = dbus.lowlevel.SignalMessage(path, FPRINT + ".Device", "VerifyStatus")
                    message.set_destination(name)
                    message.append("verify-match", dbus.Boolean(True))
                    bus.send_message(message)
            bus.flush()

        def show(bus, *fingers):
            for finger in fingers:
                for _ in range(1000):
                    state = bus.get_object(FPRINT, device(bus).object_path)
                    if state.Get(FPRINT + ".Device", "finger-needed", dbus_interface=dbus.PROPERTIES_IFACE):
                        break
                    time.sleep(0.02)
                tell(f"SCAN {finger}")
                time.sleep(0.3)

        def claimed(bus):
            reader = device(bus)
            try:
                reader.Claim("")
            except dbus.exceptions.DBusException as error:
                sys.exit(0 if error.get_dbus_name().endswith("AlreadyInUse") else 2)
            reader.Release()
            sys.exit(1)

        verb, *rest = sys.argv[1:]
        if verb == "device":
            tell(*rest)
        else:
            {"set-up": set_up, "hold": hold, "forge": forge, "show": show, "claimed": claimed}[verb](dbus.SystemBus(), *rest)
        """#
}
