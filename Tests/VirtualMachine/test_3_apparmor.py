# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The profiles in force: what the services need is let pass, and what is denied is refused."""

from pathlib import Path

PROFILES = ("countersign-agent", "countersign-posture-helper", "countersign-verifier")


def test_the_profiles_can_be_enforced(machine):
    strict = "sed 's/[ ,]*complain//; s/ flags=()//' /etc/apparmor.d/$name | apparmor_parser --replace"
    machine.run(f"for name in {' '.join(PROFILES)}; do {strict}; done", timeout=60)
    loaded = machine.run("cat /sys/kernel/security/apparmor/profiles").output
    for profile in PROFILES:
        assert f"{profile} (enforce)\n" in loaded
    # What is in force is so for what starts from now on.
    machine.run("systemctl restart countersign-verifier", check=False, timeout=60)
    for user in ("alice", "bob"):
        machine.run("systemctl --user restart countersign-agent", user=user, timeout=60)


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
