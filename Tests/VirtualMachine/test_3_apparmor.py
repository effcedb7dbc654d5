# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The profiles in force as they are shipped: what the services need is let pass, and what is denied is refused."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFINED = ROOT / ".build/virtual-machine/confined"
PROFILES = ("countersign-agent", "countersign-posture-helper", "countersign-verifier", "countersign-verifier-proxy")


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


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_the_proxy_of_the_running_agent_is_confined(machine, user):
    script = """
    agent=$(systemctl --user show --property=MainPID --value countersign-agent.service)
    cat /proc/$(pgrep --parent $agent --exact verifier-proxy)/attr/apparmor/current"""
    assert machine.run(script, user=user).output.strip() == "countersign-verifier-proxy (enforce)"


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_the_proxy_has_made_its_list(machine, user):
    shown = machine.run("stat --format='%a %U' ~/.local/state/countersign/verifiers", user=user).output
    assert shown == f"600 {user}\n"


def test_the_running_verifier_is_confined(machine):
    assert current(machine, "countersign-verifier.service") == "countersign-verifier (enforce)"


def test_the_running_helper_is_confined(machine):
    # The service manager has a process for it before that has become the helper.
    machine.run(
        "until countersign-agent posture --json >/dev/null;"
        " readlink /proc/$(systemctl show --property=MainPID --value countersign-posture-helper.service)/exe"
        " | grep -q posture-helper; do :; done",
        timeout=60,
    )
    assert current(machine, "countersign-posture-helper.service") == "countersign-posture-helper (enforce)"


def test_nothing_that_the_services_did_was_refused(machine, refusals):
    # The tests before this one started all of them.
    assert refusals() == []


def test_what_is_denied_is_refused(machine, refusals):
    script = Path(__file__).with_name("apparmor-denied").read_bytes()
    machine.put("/var/tmp/apparmor-denied", script, mode=0o755)
    with refusals.expected():
        machine.run("/var/tmp/apparmor-denied alice", timeout=200)


# In the place of the agent, with what its unit and its profile leave it, a proxy such as the agent's, and the filter of
# system calls. It feeds no watchdog, and does not say that it is ready.
IN_THE_AGENTS_PLACE = """[Service]
Type=exec
WatchdogSec=0
Restart=no
ExecStart=
ExecStart={place}/confined %t/countersign/proxy.sock %h/.local/state/countersign/verifiers \\
    /usr/bin/python3 -I {place}/overreach %h/.local/state/countersign/overreach.json {other} {port} countersign-agent
"""
PORT = 18124

# What is the person's, for an agent that was taken over to be after. Nobody need be enrolled to be on the list.
BELONGINGS = f"""
mkdir -p -m 0700 ~/.ssh ~/.mozilla/firefox/a.default ~/.local/state/countersign
for each in .ssh/id_ed25519 .mozilla/firefox/a.default/cookies.sqlite letter.txt; do echo "of the person" >~/$each; done
cp --preserve ~/.local/state/countersign/verifiers ~/verifiers-before
echo http://localhost:8800 >>~/.local/state/countersign/verifiers
systemctl --user stop countersign-test-other 2>/dev/null || true
systemd-run --user --quiet --unit=countersign-test-other \\
    /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /usr/share/doc {PORT}
until (: </dev/tcp/127.0.0.1/{PORT}) 2>/dev/null; do sleep 0.5; done
systemctl --user show --property=MainPID --value countersign-test-other.service
"""


def test_an_agent_that_was_taken_over_is_kept_from_what_is_not_its_own(machine, refusals, artefacts):
    place, unit = "/var/tmp/countersign-test", "countersign-agent.service"
    assert CONFINED.exists(), "Tests/VirtualMachine/run builds it, but with --skip-build"
    machine.put(f"{place}/confined", CONFINED.read_bytes(), mode=0o755)
    machine.put(f"{place}/overreach", Path(__file__).with_name("guest").joinpath("overreach").read_bytes(), mode=0o755)
    drop_in = f"/run/systemd/user/{unit}.d"
    try:
        other = machine.run(BELONGINGS, user="alice", timeout=60).output.strip()
        # Nothing of this means anything that the person could not do without the unit, the profile and the filter.
        machine.run(f"/usr/bin/python3 -I {place}/overreach /tmp/free.json {other} {PORT}", user="alice", timeout=60)
        free = json.loads(machine.get("/tmp/free.json"))
        assert {name: said for name, said in (free["allowed"] | free["refused"]).items() if said != "done"} == {}
        service = IN_THE_AGENTS_PLACE.format(place=place, other=other, port=PORT)
        machine.put(f"{drop_in}/overreach.conf", service)
        with refusals.expected() as noted:
            machine.run(
                f"systemctl --user daemon-reload && systemctl --user restart {unit}"
                f" && while systemctl --user --quiet is-active {unit}; do sleep 0.5; done",
                user="alice",
                timeout=60,
            )
        shown = machine.get("/home/alice/.local/state/countersign/overreach.json")
    finally:
        machine.run(f"rm -rf {drop_in}")
        machine.run(
            "systemctl --user daemon-reload; systemctl --user stop countersign-test-other;"
            " rm -f ~/.local/state/countersign/overreach.json /tmp/free.json;"
            " mv ~/verifiers-before ~/.local/state/countersign/verifiers;"
            f" systemctl --user restart {unit}",
            user="alice",
            timeout=60,
        )
    (artefacts / "overreach.json").write_bytes(shown)
    caught = json.loads(shown)
    # The kernel says by which profile; what the unit and the filter refuse, such as sockets, is not among it.
    assert any('profile="countersign-agent"' in line and 'comm="python3"' in line for line in noted)
    assert {name: said for name, said in caught["allowed"].items() if said != "done"} == {}
    assert [name for name, said in caught["refused"].items() if said == "done"] == []
    # By the list (2, "connection not allowed by ruleset"), and not since nobody was there.
    for results in (free, caught):
        assert results["refused to all"] == {"have the proxy connect elsewhere": "OSError: the proxy answered 2"}
