# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A system bus of a test's own, and the services on it."""

import os
import shutil
import subprocess

from .processes import wait_until

# The system's, for which the packages of python-dbusmock and of the bindings are.
PYTHON = "/usr/bin/python3"
CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>{}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>
"""


def obstacle(*programs, modules=("dbus", "dbusmock")):
    """Why there can be no bus here with services by these programs and modules of Python, or nothing."""
    for program in ("dbus-daemon", "dbus-send", *programs):
        if not shutil.which(program):
            return f"{program} is not installed"
    imports = [PYTHON, "-c", f"import {', '.join(modules)}"]
    if subprocess.run(imports, capture_output=True, check=False).returncode:
        return "python3-dbusmock is not installed"
    return None


class PrivateBus:
    """A bus on which everybody may own and ask everything; `environment` leads programs to it."""

    def __init__(self, place):
        place.mkdir(parents=True, exist_ok=True)
        self.address = f"unix:path={place}/bus"
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": self.address}
        (place / "bus.conf").write_text(CONFIGURATION.format(self.address))
        self._log = (place / "log").open("wb")
        self._processes = []
        self.start("dbus-daemon", f"--config-file={place}/bus.conf", "--nofork")
        wait_until((place / "bus").exists, what="the bus to listen")

    def start(self, *command, **environment):
        """Starts a program that stays until the bus is taken away."""
        everything = os.environ | self.environment | environment
        self._processes.append(subprocess.Popen(command, env=everything, stdout=self._log, stderr=self._log))

    def mock(self, *arguments):
        """Starts a service by python-dbusmock."""
        self.start(PYTHON, "-m", "dbusmock", "--system", *arguments)

    def run(self, script, *arguments):
        """Runs a script of Python's to its end, which has to succeed."""
        everything = os.environ | self.environment
        subprocess.run([PYTHON, "-c", script, *arguments], env=everything, check=True, timeout=30, stderr=self._log)

    def call(self, name, path, method, *arguments):
        """Calls a method; whether it was answered in time, and what dbus-send prints of the answer."""
        command = ["dbus-send", f"--bus={self.address}", "--print-reply", f"--dest={name}", path, method, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
        except subprocess.TimeoutExpired:
            return False, ""
        return done.returncode == 0, done.stdout

    def has(self, name):
        """Whether a service is there."""
        _, answer = self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", f"string:{name}")
        return "boolean true" in answer

    def stop(self):
        """Takes it away, and all that was started on it."""
        for process in reversed(self._processes):
            process.terminate()
            process.wait()
        self._log.close()
