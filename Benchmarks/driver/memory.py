# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Memory of the agent, at rest and after many challenges."""

import time

from .enrolled_agent import EnrolledAgent
from .machine import memory_with_children

GOAL = 15.0
# A used challenge is remembered for as long as it could be replayed: 16 bytes in a hash table that doubles, the old
# table beside the new one.
REMEMBERED = 64


def measure_memory(machine, report):
    """Proportional memory of both its processes: idle, after the first challenge, and after 10,000."""
    count = 300 if machine.quick else 10_000
    warm = count // 10
    with EnrolledAgent(machine, "memory") as enrolled:
        enrolled.agent.restart()
        time.sleep(1.0)
        idle = memory_with_children(enrolled.pid)
        enrolled.first_challenge()
        first = memory_with_children(enrolled.pid)
        enrolled.replace_organization()
        report.progress(f"memory: {count} challenges")
        after_warm = _after(enrolled, warm)
        half = _after(enrolled, count // 2 - warm)
        last = _after(enrolled, count - count // 2)
    report.detail(
        "memory", idle=idle, after_first=first, after_tenth=after_warm, after_half=half, after_all=last, count=count
    )
    why = f"{idle['anonymous']:.1f} MB of its own and {idle['files']:.1f} MB of files, the program's code above all"
    report.result(
        "memory (PSS), idle", idle["pss"], "MB", goal=f"at most {GOAL:g} MB", met=idle["pss"] <= GOAL, why=why
    )
    report.result("memory, after the first challenge", first["pss"], "MB")
    report.result(f"memory, after {warm:,} challenges", after_warm["pss"], "MB")
    report.result(f"memory, after {count:,} challenges", last["pss"], "MB")
    growth = last["anonymous"] - half["anonymous"]
    allowed = max(0.25, count * REMEMBERED / 1024 / 1024)
    report.result(
        f"growth over the last {count - count // 2:,}",
        growth,
        "MB",
        goal=f"at most {allowed:.2f} MB",
        met=growth <= allowed,
        why=f"of memory that no file backs, from {half['anonymous']:.2f} to {last['anonymous']:.2f} MB; allowed for: "
        f"{REMEMBERED} bytes a challenge, remembered until it can no more be replayed, in a table that doubles",
    )


def _after(enrolled, count):
    """Memory after so many more challenges."""
    if count > 0:
        enrolled.run(count)
    time.sleep(0.5)
    return memory_with_children(enrolled.pid)
