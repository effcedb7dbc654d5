# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The profiles in force as they are shipped: what the services need is let pass, and what is denied is refused."""

import json
from pathlib import Path

import pytest

PROFILES = ("countersign-agent", "countersign-posture-helper", "countersign-verifier")


def current(machine, unit, user=None):
    """The profile that the process of a unit has."""
    scope = "--user" if user else "--system"
    script = f"cat /proc/$(systemctl {scope} show --property=MainPID --value {unit})/attr/apparmor/current"
    return machine.run(script, user=user).output.strip()


def test_the_packages_put_the_profiles_in_force(machine):
    loaded = machine.run("cat /sys/kernel/security/apparmor/profiles").output
    for profile in PROFILES:
        assert f"{profile} (enforce)\n" in loaded


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_the_running_agent_is_confined(machine, user):
    assert current(machine, "countersign-agent.service", user) == "countersign-agent (enforce)"


def test_the_running_verifier_is_confined(machine):
    assert current(machine, "countersign-verifier.service") == "countersign-verifier (enforce)"


def test_the_running_helper_is_confined(machine):
    # The service manager has a process for it before that has become the helper.
    machine.run("until countersign-agent posture --json | grep -q a-serial-of-the-tests; do :; done", timeout=60)
    assert current(machine, "countersign-posture-helper.service") == "countersign-posture-helper (enforce)"


def test_nothing_that_the_services_did_was_refused(machine, refusals):
    # The tests before this one started all of them.
    assert refusals() == []


def test_what_is_denied_is_refused(machine, refusals):
    script = Path(__file__).with_name("apparmor-denied").read_bytes()
    machine.put("/var/tmp/apparmor-denied", script, mode=0o755)
    with refusals.expected():
        machine.run("/var/tmp/apparmor-denied alice", timeout=200)


# In the place of the agent, with what its unit and its profile leave it. It feeds no watchdog, and does not say that it
# is ready.
IN_THE_AGENTS_PLACE = """[Service]
Type=exec
WatchdogSec=0
Restart=no
ExecStart=
ExecStart=/usr/bin/python3 -I {place}/overreach %h/.local/state/countersign/overreach.json {other} countersign-agent
"""

# What is the person's, for an agent that was taken over to be after.
BELONGINGS = """
mkdir -p -m 0700 ~/.ssh ~/.mozilla/firefox/a.default ~/.local/state/countersign
for each in .ssh/id_ed25519 .mozilla/firefox/a.default/cookies.sqlite letter.txt; do echo "of the person" >~/$each; done
systemctl --user stop countersign-test-other 2>/dev/null || true
systemd-run --user --quiet --unit=countersign-test-other sleep infinity
systemctl --user show --property=MainPID --value countersign-test-other.service
"""


def test_an_agent_that_was_taken_over_is_kept_from_what_is_not_its_own(machine, refusals, artefacts):
    place, unit = "/var/tmp/countersign-test", "countersign-agent.service"
    machine.put(f"{place}/overreach", Path(__file__).with_name("guest").joinpath("overreach").read_bytes(), mode=0o755)
    other = machine.run(BELONGINGS, user="alice").output.strip()
    # Nothing of this means anything that the person could not do without the unit and the profile.
    machine.run(f"/usr/bin/python3 -I {place}/overreach /tmp/free.json {other}", user="alice", timeout=60)
    free = json.loads(machine.get("/tmp/free.json"))
    assert {name: said for name, said in (free["allowed"] | free["refused"]).items() if said != "done"} == {}
    drop_in = f"/run/systemd/user/{unit}.d"
    machine.put(f"{drop_in}/overreach.conf", IN_THE_AGENTS_PLACE.format(place=place, other=other))
    try:
        with refusals.expected() as noted:
            machine.run(
                f"systemctl --user daemon-reload && systemctl --user restart {unit}"
                f" && while systemctl --user --quiet is-active {unit}; do sleep 0.5; done",
                user="alice",
                timeout=60,
            )
        shown = machine.get("/home/alice/.local/state/countersign/overreach.json")
    finally:
        machine.run(f"rm -r {drop_in}")
        machine.run(
            "systemctl --user daemon-reload; systemctl --user stop countersign-test-other;"
            f" rm -f ~/.local/state/countersign/overreach.json /tmp/free.json; systemctl --user restart {unit}",
            user="alice",
            timeout=60,
        )
    (artefacts / "overreach.json").write_bytes(shown)
    caught = json.loads(shown)
    # The kernel says by which profile; what the unit alone refuses, such as sockets, is not among it.
    assert any('profile="countersign-agent"' in line and 'comm="python3"' in line for line in noted)
    assert {name: said for name, said in caught["allowed"].items() if said != "done"} == {}
    assert [name for name, said in caught["refused"].items() if said == "done"] == []
