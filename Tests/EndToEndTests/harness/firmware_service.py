# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""fwupd as the agent asks it, on a system bus of a test's own; python-dbusmock answers in its place."""

import os
import shutil
import subprocess

from .fingerprint_reader import BUS, PYTHON
from .processes import wait_until

NAME = "org.freedesktop.fwupd"


def obstacle():
    """Why there can be no such service here, or nothing."""
    for program in ("dbus-daemon", "dbus-send"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if subprocess.run([PYTHON, "-c", "import dbus, dbusmock"], capture_output=True, check=False).returncode:
        return "python3-dbusmock is not installed"
    return None


class FirmwareService:
    """A service that tells a Host Security ID."""

    def __init__(self, place):
        place.mkdir(parents=True)
        self.address = f"unix:path={place}/bus"
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": self.address}
        (place / "bus.conf").write_text(BUS.format(self.address))
        self._log = (place / "log").open("wb")
        self._processes = []
        self._start("dbus-daemon", f"--config-file={place}/bus.conf", "--nofork")
        wait_until((place / "bus").exists, what="the bus to listen")
        self._start(PYTHON, "-m", "dbusmock", "--system", NAME, "/", NAME)
        self.identifier = None
        wait_until(lambda: self.tell("HSI:0 (v2.0.20)"), what="the service to come")

    def _start(self, *command):
        environment = os.environ | self.environment
        self._processes.append(subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log))

    def tell(self, identifier):
        """Sets the Host Security ID; whether the service took it."""
        call = ["dbus-send", f"--bus={self.address}", "--print-reply", f"--dest={NAME}", "/"]
        if self.identifier is None:
            call += ["org.freedesktop.DBus.Mock.AddProperty", f"string:{NAME}", "string:HostSecurityId"]
        else:
            call += ["org.freedesktop.DBus.Properties.Set", f"string:{NAME}", "string:HostSecurityId"]
        done = subprocess.run([*call, f"variant:string:{identifier}"], capture_output=True, check=False, timeout=10)
        if done.returncode == 0:
            self.identifier = identifier
        return done.returncode == 0

    def stop(self):
        """Takes it away."""
        for process in reversed(self._processes):
            process.terminate()
            process.wait()
        self._log.close()
