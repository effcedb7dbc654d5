# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The agent where no systemd starts it: by the desktop's autostart."""

import configparser
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from harness.processes import wait_until

ENTRY = Path(__file__).resolve().parents[2] / "packaging" / "autostart" / "countersign-agent.desktop"


def command(agent):
    """What a desktop runs, with the program that is tested."""
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str
    parser.read(ENTRY)
    entry = parser["Desktop Entry"]
    assert entry["Type"] == "Application"
    assert entry["X-systemd-skip"] == "true"
    program, *words = shlex.split(entry["Exec"])
    assert program == entry["TryExec"] == "/usr/bin/countersign-agent"
    return agent.command(*words)


def test_desktops_understand_the_entry():
    """By the specification's own checker."""
    if not shutil.which("desktop-file-validate"):
        pytest.skip("desktop-file-utils is not installed")
    subprocess.run(["desktop-file-validate", ENTRY], check=True)


def test_it_starts_the_agent_where_no_systemd_would(make_world):
    """And a sign-in passes."""
    world = make_world(sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})
    agent = world.agent
    agent.stop()
    environment = {name: value for name, value in agent.environment.items() if name != "XDG_RUNTIME_DIR"}
    with subprocess.Popen(
        command(agent), env=environment, cwd=agent.directory, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            wait_until(lambda: agent.run("status", check=False).returncode == 0, 20, what="the agent")
            assert world.sign_in()["preferred_username"] == "alice"
            # A second desktop of the same person does not start another one.
            again = subprocess.run(
                command(agent), env=environment, capture_output=True, text=True, timeout=20, check=False
            )
            assert again.returncode == 0
            assert "already running" in again.stderr
        finally:
            process.terminate()
            process.wait(20)


def test_it_does_nothing_where_systemd_starts_the_agent(make_agent, place):
    """Two starters would be in each other's way, and only one looks after the agent."""
    agent = make_agent()
    runtime = place / "runtime"
    (runtime / "systemd").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as manager:
        manager.bind(str(runtime / "systemd/private"))
        done = subprocess.run(
            command(agent), env=agent.environment | {"XDG_RUNTIME_DIR": str(runtime)}, capture_output=True, text=True,
            timeout=20, check=False,
        )
    assert done.returncode == 0
    assert "systemd" in done.stderr
    assert agent.run("status", check=False).returncode == 3
