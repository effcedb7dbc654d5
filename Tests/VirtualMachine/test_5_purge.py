# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Removal and purge under the real service manager."""

UNITS = "countersign-posture-helper.socket countersign-posture-helper.service countersign-verifier.service"

# What the tests before may have left: homes, mount points, and the settings of firewalld.
OF_THE_TESTS = ("/home/", "/media/", "/srv/", "/etc/firewalld/")


def test_removal_stops_the_services_and_leaves_the_state(machine):
    machine.run("test -d /var/lib/private/countersign")
    machine.run("apt-get --yes --quiet remove countersign-agent countersign-verifier", timeout=60)
    states = machine.run(f"systemctl is-active {UNITS}", check=False).output.split()
    assert set(states) == {"inactive"}, states
    machine.run("test -d /var/lib/private/countersign")
    assert machine.run("ls /usr/bin/countersign-* /usr/bin/agent /usr/bin/verifier", check=False).output == ""
    assert machine.run("systemctl list-units --failed --plain --no-legend").output == ""


def test_purge_says_what_is_the_peoples_own_and_leaves_nothing_else(machine, files):
    # What the tests, as an administrator would, wrote themselves.
    machine.run("rm -r /etc/countersign /etc/systemd/system/countersign-verifier.service.d")
    said = machine.run("apt-get --yes --quiet purge countersign-agent countersign-verifier", timeout=60).output
    assert "~/.local/state/countersign" in said
    left = machine.run(f"{files} | diff /var/tmp/files-before -", check=False).output.splitlines()
    changes = [line for line in left if line[:1] in "<>" and not line[2:].startswith(OF_THE_TESTS)]
    assert changes == [], "\n".join(changes)
    for manager, user in (("--system", None), ("--user", "alice")):
        known = machine.run(
            f"systemctl {manager} list-unit-files --no-legend 'countersign-[av]*' 'countersign-p*'",
            user=user,
            # Where there is none, that is its status too.
            check=False,
        )
        assert known.output == "", known.said
