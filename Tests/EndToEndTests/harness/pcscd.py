# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A pcscd of a test's own, in namespaces of its own."""

import os
import shutil
from pathlib import Path

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
pcscd -f > "$2/pcscd.log" 2>&1 &
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
