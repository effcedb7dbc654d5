# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Times, memory, and the machine's own speed."""

import os
import re
import socket
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Times:
    """How long many like things took, in microseconds."""

    values: list
    statuses: dict

    @property
    def median(self):
        """The middle one."""
        return statistics.median(self.values)

    def percentile(self, share):
        """The one below which this share lies."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def __str__(self):
        return f"{self.median:.0f} µs (p95 {self.percentile(0.95):.0f}, p99 {self.percentile(0.99):.0f})"


def exchange(tool, port, file, count):
    """Sends prepared requests over one connection and times the answers."""
    result = subprocess.run([tool, str(port), str(file), str(count)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"exchange: {result.stderr}")
    values, statuses = [], {}
    for line in result.stdout.splitlines():
        status, microseconds = line.split()
        values.append(float(microseconds))
        statuses[int(status)] = statuses.get(int(status), 0) + 1
    return Times(values, statuses)


def proportional_memory(pid):
    """A process's proportional set size, in MB of 10⁶ bytes."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE).group(1)) * 1024 / 1e6


def openssl_speed(algorithm, seconds):
    """Operations a second on one core: (sign, verify)."""
    output = subprocess.run(
        ["openssl", "speed", "-seconds", str(seconds), algorithm], capture_output=True, text=True, check=True
    ).stdout
    sign, verify = output.strip().splitlines()[-1].split()[-2:]
    return float(sign), float(verify)


def durable_writes(directory, seconds):
    """How often a second one writer can make a page durable here."""
    path = Path(directory) / "durable"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        block, count, started = b"x" * 4096, 0, time.monotonic()
        while time.monotonic() - started < seconds:
            os.pwrite(descriptor, block, (count % 256) * 4096)
            os.fdatasync(descriptor)
            count += 1
        return count / (time.monotonic() - started)
    finally:
        os.close(descriptor)
        path.unlink()


def until_listening(start, port, timeout=10.0):
    """Milliseconds from a start to the first connection that a port accepts."""
    began = time.perf_counter()
    start()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return (time.perf_counter() - began) * 1e3
        except OSError:
            if time.perf_counter() - began > timeout:
                raise
            time.sleep(0.0002)


def requests_per_second(wrk, url, seconds, connections=16):
    """Nginx's rate of small answers, by wrk."""
    output = subprocess.run(
        [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", url], capture_output=True, text=True, check=True
    ).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
