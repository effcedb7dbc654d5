# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The posture helper as systemd's socket activation starts it, and a client that shares no code with it."""

import json
import os
import subprocess
from pathlib import Path

from .processes import Daemon, wait_until

SOCKET = "/run/countersign/posture-helper.sock"

# Connects as whoever runs it, sends what it is given, prints all that comes.
_CLIENT = """
import socket, sys, time
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(20)
connection.connect(sys.argv[1])
try:
    for part in sys.argv[2:]:
        if part.startswith("sleep="):
            time.sleep(float(part[6:]))
        else:
            connection.sendall(bytes.fromhex(part))
    connection.shutdown(socket.SHUT_WR)
except (BrokenPipeError, ConnectionResetError):
    pass
try:
    while block := connection.recv(65536):
        sys.stdout.buffer.write(block)
except ConnectionResetError:
    pass
"""


def as_user(uid, *command):
    """A command as another user without any group or right."""
    user = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []
    return [*user, *map(str, command)]


def client(uid, path, *parts):
    """The raw client as a command."""
    words = [part if isinstance(part, str) else part.hex() for part in parts]
    return as_user(uid, "/usr/bin/python3", "-c", _CLIENT, path, *words)


def answer(text):
    """The one line that the helper answers; an answer has nothing else."""
    assert text.endswith("\n") and text.count("\n") == 1, text
    value = json.loads(text)
    assert value.pop("version") == 1
    return value


def readings(output):
    """What `agent posture --json` printed, by signal."""
    value = json.loads(output)
    return {entry["id"]: entry for entry in value["signals"]} if "signals" in value else value


class ActivatedHelper:
    """The helper behind systemd-socket-activate, with a /run of its own."""

    def __init__(self, programs, place):
        self._place = place
        self.program = programs / "posture-helper"
        script = (
            "set -e; mount --make-rprivate /; mount -t tmpfs -o mode=0755 tmpfs /run; mkdir /run/countersign; "
            "touch /run/island; exec sleep infinity"
        )
        self._island = Daemon(["unshare", "--mount", "bash", "-c", script], place / "island.log")
        self._activation = None

    def start(self):
        """Listens where the agent looks."""
        self._island.start()
        wait_until(lambda: self.run("test", "-e", "/run/island").returncode == 0, what="a /run of its own")
        command = self.inside("systemd-socket-activate", "--listen", SOCKET, self.program)
        self._activation = Daemon(command, self._place / "helper.log").start()
        wait_until(lambda: self.run("test", "-S", SOCKET).returncode == 0, what="the socket")
        self.run("chmod", "0666", SOCKET)
        return self

    def inside(self, *command):
        """A command that runs where the helper's socket is."""
        return ["nsenter", "--target", str(self._island.process.pid), "--mount", *map(str, command)]

    def run(self, *command):
        """Runs a command there."""
        return subprocess.run(self.inside(*command), capture_output=True, text=True, timeout=60, check=False)

    def popen(self, *command):
        """Starts a command there."""
        return subprocess.Popen(self.inside(*command), stdout=subprocess.PIPE, text=True)

    def ask(self, uid, *parts):
        """What the helper answers to a user who sends bytes."""
        result = self.run(*client(uid, SOCKET, *parts))
        assert result.returncode == 0, result.stderr
        return answer(result.stdout)

    @property
    def activation(self):
        """The program that listens, and becomes the helper once somebody comes."""
        return self._activation.process

    def log(self):
        """What the helper wrote."""
        return self._activation.output()

    def stop(self):
        """Ends it all."""
        for daemon in (self._activation, self._island):
            if daemon:
                daemon.stop()


def swift_libraries(program):
    """The libraries of a debug build that lie outside the distribution's folders."""
    output = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    paths = [Path(line.split("=> ")[1].split()[0]) for line in output.splitlines() if "=> /" in line]
    return [path for path in paths if not str(path).startswith(("/lib", "/usr/lib"))]


def status_of(pid):
    """`/proc/PID/status` by name."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def exists(pid):
    """Whether there is such a process."""
    return os.path.exists(f"/proc/{pid}")
