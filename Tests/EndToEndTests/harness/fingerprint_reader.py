# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The real fprintd on a system bus of a test's own, with a virtual reader of libfprint; polkit is python-dbusmock's."""

import os
import shutil
import socket
import subprocess
import time

from .processes import wait_until

FPRINTD = "/usr/libexec/fprintd"
PYTHON = "/usr/bin/python3"
NAME = "net.reactivated.Fprint"
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>{}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>
"""
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
    for program in ("dbus-daemon", FPRINTD):
        if not shutil.which(program):
            return f"{program} is not installed"
    if subprocess.run([PYTHON, "-c", "import dbus, dbusmock, gi"], capture_output=True, check=False).returncode:
        return "python3-dbusmock is not installed"
    return None


class FingerprintReader:
    """A reader that knows the finger `mine` of the person who runs the tests."""

    def __init__(self, place):
        self.place = place
        (place / "state").mkdir(parents=True)
        self.address = f"unix:path={place}/bus"
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": self.address}
        (place / "bus.conf").write_text(BUS.format(self.address))
        self._log = (place / "log").open("wb")
        self._processes = []
        self._start("dbus-daemon", f"--config-file={place}/bus.conf", "--nofork")
        wait_until((place / "bus").exists, what="the bus to listen")
        self._start(PYTHON, "-m", "dbusmock", "--system", "--template", "polkitd")
        self._start(
            *(FPRINTD, "--no-timeout"),
            FP_VIRTUAL_DEVICE=str(place / "device"),
            FP_DRIVERS_WHITELIST="virtual_device",
            STATE_DIRECTORY=str(place / "state"),
            G_MESSAGES_DEBUG="all",
        )
        for name in ("org.freedesktop.PolicyKit1", NAME):
            wait_until(lambda name=name: self._has(name), what=f"{name} to come")
        self._run(PERMIT)
        self._run(ENROLL, str(place / "device"))

    def _start(self, *command, **environment):
        everything = os.environ | self.environment | environment
        self._processes.append(subprocess.Popen(command, env=everything, stdout=self._log, stderr=self._log))

    def _run(self, script, *arguments):
        everything = os.environ | self.environment
        subprocess.run([PYTHON, "-c", script, *arguments], env=everything, check=True, timeout=30, stderr=self._log)

    def _ask(self, *arguments):
        done = subprocess.run(
            ["dbus-send", f"--bus={self.address}", "--print-reply", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
        return done.stdout

    def _has(self, name):
        call = ("--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", f"string:{name}")
        return "boolean true" in self._ask(*call)

    @property
    def waits(self):
        """Whether it waits for a finger now."""
        call = ("org.freedesktop.DBus.Properties.Get", f"string:{NAME}.Device", "string:finger-needed")
        return "boolean true" in self._ask(f"--dest={NAME}", "/net/reactivated/Fprint/Device/0", *call)

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
        for process in reversed(self._processes):
            process.terminate()
            process.wait()
        self._log.close()
