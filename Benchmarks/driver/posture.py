# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The whole posture of the machine beside what a person would run for the same facts, and a watch that waits."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from harness.processes import switches

GOAL_MS = 50.0
GOAL_MB = 30.0
GOAL_FASTER = 20.0
# What a person would run for the same facts. One that fails (a virtual machine without firmware, say) still took its
# time; the slow ones are left out of a short run.
SLOW = {"facter", "lynis"}
OTHERS = {
    "fwupdtool": ["fwupdtool", "security", "--force", "--json"],
    "lsblk": ["lsblk", "--json", "--output-all"],
    "facter": ["facter", "--json"],
    "lynis": ["lynis", "audit", "system", "--quick", "--no-colors", "--quiet"],
    "systemd-analyze": ["systemd-analyze", "security", "--no-pager"],
}

# The kernel counts what a process was before it became the command, which would be this driver with all that it has
# loaded: a small interpreter starts the command instead, and says what the command's peak was.
PEAK = """
import os, sys
nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=nowhere)
status, usage = os.wait4(process, 0)[1:]
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measure_posture(machine, report):
    """`agent posture --json` and the sum of the others', in turn; then `--watch` at rest."""
    rounds = 3 if machine.quick else 21
    command = [str(machine.agent), "posture", "--json"]
    place = machine.directory / "posture"
    place.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "LANG": "C.UTF-8"}
    report.progress(f"posture: {rounds} sweeps, and the others'")
    document = json.loads(run(command, environment)[1])
    signals = len(document["signals"])
    known = sum(signal["state"] == "known" for signal in document["signals"])
    times, peaks = [], []
    for _ in range(rounds):
        times.append(run(command, environment)[0])
        peaks.append(peak(command, environment))
    others = {
        name: statistics.median(took(line, environment, machine.quick))
        for name, line in OTHERS.items()
        if shutil.which(line[0]) and not (machine.quick and name in SLOW)
    }
    report.detail("posture", milliseconds=times, megabytes=peaks, others=others, signals=signals, known=known)
    median = statistics.median(times)
    report.result(
        "posture, whole command, median", median, "ms", None, None, f"at most {GOAL_MS:g} ms", median <= GOAL_MS,
        f"{signals} signals, {known} of them known here",
    )
    report.result(
        "posture, peak of resident memory", max(peaks), "MB", None, None, f"at most {GOAL_MB:g} MB",
        max(peaks) <= GOAL_MB,
    )
    total = sum(others.values())
    report.result(
        f"{', '.join(others)} together", total, "ms", median, total / median,
        f"at least {GOAL_FASTER:g} times the sweep", total / median >= GOAL_FASTER,
    )
    watch(machine, report, environment)


def watch(machine, report, environment):
    """How often a watch wakes up while nothing changes."""
    seconds = 5 if machine.quick else 60
    process = subprocess.Popen(
        [str(machine.agent), "posture", "--watch", "--json"], stdout=subprocess.PIPE, env=environment, text=True
    )
    try:
        process.stdout.readline()
        time.sleep(1)
        before = switches(process.pid)
        report.progress(f"posture: {seconds} seconds of rest")
        time.sleep(seconds)
        woken = switches(process.pid) - before
    finally:
        process.kill()
        process.communicate()
    report.result(
        f"posture --watch, wake-ups in {seconds} s of rest", woken, "", None, None, "none", woken == 0,
        "another program may have changed a file that is watched" if woken else None,
    )


def run(command, environment):
    """Runs a command; its time in milliseconds, and what it printed."""
    started = time.monotonic()
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, check=False)
    return (time.monotonic() - started) * 1000, process.stdout


def peak(command, environment):
    """The peak of a command's resident memory in MB, that of the largest of its children where that is larger."""
    line = [sys.executable, "-I", "-S", "-c", PEAK, *command]
    return int(subprocess.run(line, stdout=subprocess.PIPE, env=environment, check=True).stdout) / 1024


def took(command, environment, quick):
    """The times of a command of others."""
    return [run(command, environment)[0] for _ in range(1 if quick else 3)]
