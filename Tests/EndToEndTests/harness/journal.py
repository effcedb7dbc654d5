# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""systemd's journal, of one test process alone."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from .isolation import is_root, mount_tmpfs, unmount
from .processes import wait_until

JOURNALD = Path("/lib/systemd/systemd-journald")
_FOLDERS = [Path("/run/systemd"), Path("/run/log")]


def obstacle():
    """Why there can be none here, or nothing."""
    if not is_root:
        return "needs root: mounts of the test's own"
    return None if JOURNALD.exists() and shutil.which("journalctl") else "systemd is not installed"


class Journal:
    """A journal that is kept in memory until it is stopped."""

    def __init__(self):
        for folder in _FOLDERS:
            folder.mkdir(parents=True, exist_ok=True)
            mount_tmpfs(folder, size="64m")
        Path("/run/log/journal").mkdir()
        settings = Path("/run/systemd/journald.conf.d/test.conf")
        settings.parent.mkdir()
        settings.write_text("[Journal]\nStorage=volatile\nForwardToSyslog=no\nReadKMsg=no\n")
        self._process = subprocess.Popen(
            [JOURNALD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(Path("/run/systemd/journal/stdout").exists, 10, what="the journal")

    @staticmethod
    def stream():
        """What a service has for standard error, and the variable that tells it so (systemd.exec(5))."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.connect("/run/systemd/journal/stdout")
        # Identifier, unit, priority, and what is done with lines.
        stream.sendall(b"countersign-agent\n\n6\n0\n0\n0\n0\n")
        status = os.fstat(stream.fileno())
        return stream, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}

    def stop(self):
        """Ends it, with all that it kept."""
        self._process.terminate()
        self._process.wait(10)
        for folder in _FOLDERS:
            unmount(folder)
