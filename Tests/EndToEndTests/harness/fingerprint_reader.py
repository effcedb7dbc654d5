# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The real fprintd on a system bus of a test's own, with a virtual reader of libfprint; polkit is python-dbusmock's."""

import socket
import time

from . import private_bus
from .processes import wait_until

FPRINTD = "/usr/libexec/fprintd"
NAME = "net.reactivated.Fprint"
PERMIT = """\
import dbus
actions = dbus.Array(["net.reactivated.fprint.device.verify", "net.reactivated.fprint.device.enroll"], signature="s")
authority = dbus.SystemBus().get_object("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority")
dbus.Interface(authority, "org.freedesktop.DBus.Mock").SetAllowed(actions)
"""
ENROLL = """\
import socket, sys, dbus
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

def scan():
    with socket.socket(socket.AF_UNIX) as device:
        device.connect(sys.argv[1])
        device.sendall(b"SCAN mine")

DBusGMainLoop(set_as_default=True)
bus, loop = dbus.SystemBus(), GLib.MainLoop()
name = "net.reactivated.Fprint"
path = bus.get_object(name, "/net/reactivated/Fprint/Manager").GetDefaultDevice(dbus_interface=name + ".Manager")
reader = dbus.Interface(bus.get_object(name, path), name + ".Device")
reader.connect_to_signal("EnrollStatus", lambda result, done: loop.quit() if done else scan())
reader.Claim("")
reader.EnrollStart("right-index-finger")
scan()
GLib.timeout_add_seconds(10, loop.quit)
loop.run()
reader.EnrollStop()
reader.Release()
"""


def obstacle():
    """Why there can be no reader here, or nothing."""
    return private_bus.obstacle(FPRINTD, modules=("dbus", "dbusmock", "gi"))


class FingerprintReader:
    """A reader that knows the finger `mine` of the person who runs the tests."""

    def __init__(self, place):
        self.place = place
        (place / "state").mkdir(parents=True)
        self._bus = private_bus.PrivateBus(place)
        self.environment = self._bus.environment
        self._bus.mock("--template", "polkitd")
        self._bus.start(
            *(FPRINTD, "--no-timeout"),
            FP_VIRTUAL_DEVICE=str(place / "device"),
            FP_DRIVERS_WHITELIST="virtual_device",
            STATE_DIRECTORY=str(place / "state"),
            G_MESSAGES_DEBUG="all",
        )
        for name in ("org.freedesktop.PolicyKit1", NAME):
            wait_until(lambda name=name: self._bus.has(name), what=f"{name} to come")
        self._bus.run(PERMIT)
        self._bus.run(ENROLL, str(place / "device"))

    @property
    def waits(self):
        """Whether it waits for a finger now."""
        call = ("org.freedesktop.DBus.Properties.Get", f"string:{NAME}.Device", "string:finger-needed")
        _, answer = self._bus.call(NAME, "/net/reactivated/Fprint/Device/0", *call)
        return "boolean true" in answer

    def touch(self, *fingers):
        """Puts fingers on it, each when it waits for one."""
        for finger in fingers:
            wait_until(lambda: self.waits, what="the reader to wait for a finger")
            with socket.socket(socket.AF_UNIX) as device:
                device.connect(str(self.place / "device"))
                device.sendall(f"SCAN {finger}".encode())
            time.sleep(0.3)

    def stop(self):
        """Takes it away."""
        self._bus.stop()
