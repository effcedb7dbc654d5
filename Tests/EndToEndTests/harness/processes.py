# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A program in the background, its output in a file."""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path


def wait_until(condition, timeout=10.0, interval=0.02, what="a condition"):
    """Waits until a callable answers something true, and answers that; `what` is a text or makes one."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what() if callable(what) else what}")
        time.sleep(interval)


def switches(pid):
    """How often the threads of a process went to sleep of themselves, all in all."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def stop_group(process, first=signal.SIGTERM, grace=10.0):
    """Ends a process that leads a group, and then what is left of its group."""
    if process.poll() is None:
        try:
            process.send_signal(first)
            process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


class Daemon:
    """A program that runs until it is stopped. Its standard error and output are kept in one file."""

    def __init__(self, command, log, env=None, cwd=None, **options):
        self.command = [str(part) for part in command]
        self.log = Path(log)
        self._env = env
        self._cwd = cwd
        self._options = options
        self._log_start = 0
        self.process = None

    def start(self, environment=None):
        """Starts the program, with further environment variables if asked."""
        assert self.process is None or self.process.poll() is not None, "runs already"
        self.log.touch()
        self._log_start = self.log.stat().st_size
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=(self._env or dict(os.environ)) | (environment or {}),
                cwd=self._cwd,
                start_new_session=True,
                **self._options,
            )
        return self

    @property
    def running(self):
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def output(self):
        """What it has printed since its last start."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode("utf-8", "replace")

    def wait_for_output(self, pattern, timeout=20.0):
        """Waits until its output matches a pattern, or fails when it ends before."""

        def look():
            match = re.search(pattern, self.output())
            if not match and not self.running:
                raise RuntimeError(f"{self.command[0]} ended with {self.process.returncode}:\n{self.output()[-4000:]}")
            return match

        return wait_until(look, timeout, what=f"{pattern!r} in the output of {self.command[0]}")

    def stop(self, first=signal.SIGTERM):
        """Ends it and everything that it started."""
        if self.process is not None:
            stop_group(self.process, first)

    def kill(self):
        """Ends it as a power cut would."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
