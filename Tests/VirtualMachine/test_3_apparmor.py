# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The profiles in force: what the services need is let pass, and what is denied is refused."""

from pathlib import Path

import pytest

PROFILES = ("countersign-agent", "countersign-posture-helper", "countersign-verifier")


@pytest.mark.parametrize("profile", PROFILES)
def test_the_profile_is_enforced(machine, profile):
    assert f"{profile} (enforce)\n" in machine.run("cat /sys/kernel/security/apparmor/profiles").output


def test_the_running_agent_is_confined(machine):
    script = "for each in $(pgrep --full '^/usr/bin/countersign-agent run'); do cat /proc/$each/attr/current; done"
    confined = machine.run(script).output.splitlines()
    assert confined, "no agent runs"
    assert set(confined) == {"countersign-agent (enforce)"}


def test_nothing_that_the_services_did_was_refused(machine):
    # The tests before this one started all of them.
    refused = machine.run("journalctl --dmesg --no-pager | grep 'apparmor=\"DENIED\"'", check=False).output.splitlines()
    ours = [line for line in refused if 'profile="countersign-' in line]
    assert ours == [], "\n".join(ours)


def test_what_is_denied_is_refused(machine):
    script = Path(__file__).with_name("apparmor-denied").read_bytes()
    machine.put("/var/tmp/apparmor-denied", script, mode=0o755)
    machine.run("/var/tmp/apparmor-denied alice", timeout=120)
