# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""
Keeps the tests apart from the machine that they run on.

As root, a test process gets a network and a mount namespace of its own: its agents and verifiers have the loopback
ports to themselves, several test processes run side by side, and what is mounted for a test is gone with the process,
however it ends.
"""

import contextlib
import ctypes
import fcntl
import os
import random
import socket
import stat
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest

_CLONE_NEWNS = 0x00020000
_CLONE_NEWNET = 0x40000000
_MS_REC, _MS_PRIVATE = 0x4000, 1 << 18
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
# No system's folder that others cannot write to is sticky.
_MADE_BY_TESTS = 0o1755

is_root = os.geteuid() == 0
needs_root = pytest.mark.skipif(not is_root, reason="needs root: a second user, a mount or a managed browser policy")


def enter_own_namespaces():
    """Moves this process into namespaces of its own, where it may."""
    if not is_root:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS | _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def mount_tmpfs(directory, size="1m", mode="0755"):
    """Mounts an empty file system of a size over a directory."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode={mode}", "tmpfs", str(directory)], check=True)


def unmount(directory):
    """Takes away what `mount_tmpfs` mounted."""
    subprocess.run(["umount", "--lazy", str(directory)], check=False)


@contextlib.contextmanager
def own_folder(path):
    """
    Shows an empty folder of this test process's own in the place of one of the system's.

    Where there is none it is made, and taken away by the last test process that uses it: a folder that goes takes along
    what others have mounted there.
    """
    path = Path(path)
    with _alone():
        for folder in reversed((path, *path.parents)):
            if not folder.exists():
                folder.mkdir()
                folder.chmod(_MADE_BY_TESTS)
        used = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(used, fcntl.LOCK_SH)
    mount_tmpfs(path)
    try:
        yield path
    finally:
        unmount(path)
        # Somebody else uses it, or has something in it.
        with _alone(), contextlib.suppress(OSError):
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for folder in (path, *path.parents):
                if stat.S_IMODE(folder.stat().st_mode) != _MADE_BY_TESTS:
                    break
                folder.rmdir()
        os.close(used)


@contextlib.contextmanager
def _alone():
    """Only one test process of the machine at a time is within."""
    descriptor = os.open(tempfile.gettempdir(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def bind_mount(source, target):
    """Shows one file in the place of another."""
    subprocess.run(["mount", "--bind", str(source), str(target)], check=True)


def free_port():
    """A TCP port that nobody listens on, on both loopback addresses."""
    return _free_ports(1)


def two_free_ports():
    """A TCP port that nobody listens on, on both loopback addresses, whose next is free too."""
    return _free_ports(2)


def _free_ports(count):
    """The first of so many ports, below the range from which the kernel gives browsers and stubs theirs."""
    for _ in range(200):
        first = random.randrange(10240, 32000)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError("no port is free")


def _is_free(port):
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
