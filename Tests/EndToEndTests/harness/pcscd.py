# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A pcscd of a test's own, in namespaces of its own."""

import os
import shutil
import signal
from pathlib import Path

import psutil

from harness.isolation import is_root

_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")

# The daemon's socket is seen outside through the mount; its port, the card and every process are gone with the shell. A
# program that looks after its threads in /proc would find those of other processes under their numbers there.
_STACK = """
set -eu
mount --make-rprivate /
mount -t proc proc /proc
ip link set lo up
mkdir -p /run/pcscd
mount --bind "$1" /run/pcscd
# Started anew whenever it ends, as the service manager does, but while it is to stay away.
place=$2
( while true; do
    if [ -e "$place/no-pcscd" ]; then sleep 0.1; else pcscd -f >> "$place/pcscd.log" 2>&1 || sleep 0.1; fi
done ) &
shift 2
exec "$@"
"""


def obstacle(*tools):
    """Why there can be none here, or nothing; `tools` are needed beside it."""
    if not is_root:
        return "needs root: a pcscd of the test's own"
    for name in ("pcscd", "unshare", *tools):
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"):
            return f"{name} is not installed"
    return None if _DRIVER.exists() else "vsmartcard-vpcd is not installed"


def beside(place):
    """What stands before the command of a card's program, and the environment of programs that are to find the card."""
    sockets = place / "sockets"
    sockets.mkdir(parents=True)
    namespaces = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
    wrapper = [*namespaces, "bash", "-c", _STACK, "stack", str(sockets), str(place)]
    return wrapper, dict(os.environ, PCSCLITE_CSOCK_NAME=str(sockets / "pcscd.comm"))


def end(process, kill=False):
    """Ends the pcscd beside a card's program, which is started anew at once."""
    for child in psutil.Process(process.pid).children(recursive=True):
        if child.name() == "pcscd":
            child.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            child.wait(timeout=20)
            return
    raise RuntimeError("no pcscd runs")
