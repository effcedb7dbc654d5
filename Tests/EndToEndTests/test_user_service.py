# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The agent's unit under a real service manager: readiness, watchdog, restart, stop."""

from pathlib import Path

import pytest
from harness import service_manager
from harness.http import Browserless
from harness.processes import wait_until

UNIT = "countersign-agent.service"
SHIPPED = Path(__file__).resolve().parents[2] / "packaging/systemd" / UNIT


@pytest.fixture
def manager(place):
    """A service manager."""
    if reason := service_manager.obstacle():
        pytest.skip(reason)
    try:
        manager = service_manager.ServiceManager(place / "manager")
    except TimeoutError as error:
        # A kernel or container may keep systemd from running at all, which is no fault of the unit.
        pytest.skip(f"systemd does not run here: {error}")
    yield manager
    manager.stop()


@pytest.fixture
def install(manager, programs, place):
    """Installs the unit as it is shipped, but for where the program and its folders are, and starts it."""
    state = place / "state"
    state.mkdir(mode=0o700)

    def install(**service):
        text = SHIPPED.read_text()
        assert "ExecStart=/usr/bin/countersign-agent run" in text
        (manager.units / UNIT).write_text(text.replace("/usr/bin/countersign-agent", str(programs / "agent")))
        settings = {"Environment": f"COUNTERSIGN_STATE_DIR={state}", "StandardError": f"append:{place}/agent.log"}
        folder = manager.units / f"{UNIT}.d"
        folder.mkdir()
        lines = "".join(f"{name}={value}\n" for name, value in (settings | service).items())
        (folder / "test.conf").write_text(f"[Service]\n{lines}")
        manager.control("daemon-reload")
        manager.control("start", UNIT)

    return install


def probe():
    """What the agent of this test's network answers."""
    return Browserless().request("GET", "http://127.0.0.1:61711/probe", headers={"Origin": "http://localhost"}).status


def test_the_service_is_ready_when_it_listens_and_stops_when_told(manager, install):
    """`systemctl start` returns once pages can reach the agent, and `stop` leaves nothing."""
    install()
    assert probe() == 200
    assert manager.property(UNIT, "ActiveState") == "active"
    assert "127.0.0.1:61711" in manager.property(UNIT, "StatusText")
    manager.control("stop", UNIT)
    assert (manager.property(UNIT, "ActiveState"), manager.property(UNIT, "Result")) == ("inactive", "success")
    with pytest.raises(OSError):
        probe()


def test_a_service_that_was_killed_comes_back(manager, install):
    """After two seconds, and the pages find it again."""
    install()
    manager.signal(UNIT, "KILL")
    wait_until(lambda: manager.property(UNIT, "NRestarts") == "1", 20, what="the restart")
    wait_until(lambda: manager.property(UNIT, "ActiveState") == "active", 20, what="the service to be back")
    assert probe() == 200


@pytest.mark.long
def test_a_service_that_hangs_is_restarted(manager, install):
    """While it works it says so to the watchdog; once it does not, it is ended and started anew."""
    install(WatchdogSec=4)
    first = manager.property(UNIT, "WatchdogTimestampMonotonic")
    wait_until(lambda: manager.property(UNIT, "WatchdogTimestampMonotonic") != first, 20, what="a sign of life")
    assert manager.property(UNIT, "NRestarts") == "0"
    manager.signal(UNIT, "STOP")
    wait_until(lambda: manager.property(UNIT, "NRestarts") == "1", 60, what="the restart")
    wait_until(lambda: manager.property(UNIT, "ActiveState") == "active", 20, what="the service to be back")
    assert probe() == 200
