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
    program = place / "countersign-agent"
    shutil.copy2(programs / "agent", program)
    agent = Agent(program, place / "agent").start()
    try:
        yield agent
    finally:
        agent.stop()


def test_it_ends_once_its_program_is_gone(programs, place):
    """Without a service manager, and without anybody who tells it."""
    with copied(programs, place) as agent:
        agent.program.unlink()
        wait_until(lambda: not agent.daemon.running, 60, what="the end of the agent")
        assert "was removed" in agent.log()
        assert "stopped" in agent.log()


def test_an_upgrade_does_not_end_it(programs, place):
    """Package managers put the new file in the place of the old one."""
    with copied(programs, place) as agent:
        shutil.copy2(programs / "agent", place / "newer")
        (place / "newer").replace(agent.program)
        time.sleep(40)
        assert agent.status()["version"]
