# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""An agent whose program was removed, by whatever means, does not run on."""

import shutil
import time
from contextlib import contextmanager

from harness.agent import Agent
from harness.processes import wait_until


@contextmanager
def copied(programs, place):
    """An agent whose program is a file of its own."""
    place.mkdir()
    program = place / "countersign-agent"
    shutil.copy2(programs / "agent", program)
    agent = Agent(program, place / "agent").start()
    try:
        yield agent
    finally:
        agent.stop()


def test_it_ends_once_its_program_is_gone_and_not_by_an_upgrade(programs, place):
    """
    Without a service manager, and with nobody who tells it. Package managers put the new file in the old one's place.

    An agent looks for its program after at most 30 s, and once more three seconds later: the two wait side by side.
    """
    with copied(programs, place / "removed") as removed, copied(programs, place / "upgraded") as upgraded:
        newer = place / "newer"
        shutil.copy2(programs / "agent", newer)
        newer.replace(upgraded.program)
        since = time.monotonic()
        removed.program.unlink()
        wait_until(lambda: not removed.daemon.running, 60, what="the end of the agent")
        assert "was removed" in removed.log()
        assert "stopped" in removed.log()
        time.sleep(max(0, since + 40 - time.monotonic()))
        assert upgraded.status()["version"]
