# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The packages under the real service manager: what is installed, what runs, for whom, and how closed it is."""

import re

import pytest

HELPER = "countersign-posture-helper"


def exposure(machine, artefacts, unit, *options):
    """What systemd says of how open a running unit is: 0 to 10. The whole table is kept."""
    shown = machine.run(f"systemd-analyze security --no-pager {' '.join(options)} {unit}", timeout=60).output
    (artefacts / f"security-{unit}.txt").write_text(shown)
    return float(re.search(r"Overall exposure level for \S+ ([0-9.]+)", shown)[1].rstrip("."))


def ask(machine, user):
    """What the helper answers to a user, as it is on the socket."""
    script = """import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect("/run/countersign/posture-helper.sock")
connection.sendall(b"1tb\\n")
print(connection.makefile().read())"""
    return machine.run("python3 -", stdin=script.encode(), user=user).output


def test_the_packages_install_and_nothing_fails(machine, packages, files):
    machine.run("rm -rf /var/tmp/packages")
    for name, file in packages.items():
        machine.put(f"/var/tmp/packages/{name}.deb", file.read_bytes())
    # What is there before, for the purge to come back to.
    machine.run(f"{files} >/var/tmp/files-before")
    machine.run("apt-get --yes --quiet install /var/tmp/packages/*.deb", timeout=120)
    assert machine.run("systemctl list-units --failed --plain --no-legend").output == ""
    assert machine.run("dpkg --verify countersign-agent countersign-verifier").output == ""


@pytest.mark.parametrize(
    ("unit", "enabled", "active"),
    [
        (f"{HELPER}.socket", "enabled", "active"),
        (f"{HELPER}.service", "static", "inactive"),
        ("countersign-verifier.service", "disabled", "inactive"),
    ],
)
def test_units_of_the_system(machine, unit, enabled, active):
    assert machine.run(f"systemctl is-enabled {unit}", check=False).output.strip() == enabled
    assert machine.run(f"systemctl is-active {unit}", check=False).output.strip() == active


def test_the_helper_starts_for_who_asks_and_ends_by_itself(machine):
    assert '"readings"' in ask(machine, "alice")
    assert machine.run(f"systemctl is-active {HELPER}.service").output == "active\n"
    ended = f"while systemctl --quiet is-active {HELPER}.service; do sleep 1; done"
    machine.run(ended, timeout=15)
    assert machine.run(f"systemctl show --property=Result --value {HELPER}.service").output == "success\n"
    assert machine.run(f"systemctl is-active {HELPER}.socket").output == "active\n"
    assert '"readings"' in ask(machine, "bob")


def test_the_helper_is_a_user_of_the_moment(machine):
    assert '"readings"' in ask(machine, "alice")
    owner = machine.run(f"stat --format=%u /proc/$(systemctl show --property=MainPID --value {HELPER}.service)")
    assert 61184 <= int(owner.output) <= 65519
    assert machine.run(f"getent passwd {HELPER}", check=False).status in (0, 2)
    assert machine.run(f"grep {HELPER} /etc/passwd", check=False).status == 1


def test_systemd_calls_the_helper_safe(machine, artefacts):
    assert exposure(machine, artefacts, f"{HELPER}.service") <= 1.5


def test_the_verifier_starts_once_it_is_configured(machine, artefacts):
    configuration = """issuer = "http://localhost:8800"
organization = { id = "example", name = "Example" }

[[clients]]
id = "wiki"
name = "Wiki"
type = "confidential"
auth = "client_secret_basic"
secret_file = "/run/credentials/countersign-verifier.service/wiki.secret"
redirect_uris = ["http://localhost:9000/callback"]
"""
    machine.put("/etc/countersign/verifier.toml", configuration)
    machine.put("/etc/countersign/wiki.secret", "a secret of thirty-two characters", mode=0o600)
    machine.put(
        "/etc/systemd/system/countersign-verifier.service.d/credentials.conf",
        "[Service]\nLoadCredential=wiki.secret:/etc/countersign/wiki.secret\n",
    )
    machine.run("systemctl daemon-reload && systemctl enable --now countersign-verifier.service", timeout=60)
    machine.run("until (: </dev/tcp/127.0.0.1/8800) 2>/dev/null; do sleep 0.5; done", timeout=20)
    assert machine.run("systemctl is-active countersign-verifier.service").output == "active\n"
    # Its state is its own: a folder that only root finds, of a user that is in no file.
    shown = machine.run("stat --format='%U %a' /var/lib/private && stat --format=%a /var/lib/private/countersign")
    assert shown.output == "root 700\n700\n"
    assert machine.run("grep countersign /etc/passwd", check=False).status == 1
    assert exposure(machine, artefacts, "countersign-verifier.service") <= 1.5


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_the_agent_of_a_person_starts_with_the_person(machine, artefacts, user):
    machine.run(f"loginctl enable-linger {user}")
    machine.run("until systemctl --user is-active default.target; do sleep 0.5; done", user=user, timeout=30)
    assert machine.run("systemctl --user is-enabled countersign-agent", user=user).output == "enabled\n"
    assert machine.run("systemctl --user is-active countersign-agent", user=user).output == "active\n"
    machine.run("countersign-agent status --json", user=user)
    shown = machine.run("systemd-analyze --user security --no-pager countersign-agent", user=user, timeout=60).output
    (artefacts / "security-countersign-agent.txt").write_text(shown)


def test_a_crash_is_mended_and_leaves_no_memory_behind(machine):
    pid = machine.run("systemctl --user show -P MainPID countersign-agent", user="alice").output.strip()
    assert int(pid) > 1
    machine.run(f"kill -SEGV {pid}")
    machine.run(
        f"until systemctl --user is-active countersign-agent && [ $(systemctl --user show -P MainPID countersign-agent)"
        f" != {pid} ]; do sleep 0.5; done",
        user="alice",
        timeout=20,
    )
    # systemd keeps the memory of programs that crash, and in it what every process has on its stack.
    other = machine.run("sleep 100 >/dev/null 2>&1 & sleep 1; echo $!; kill -SEGV $!", user="alice").output.strip()
    dump = "coredumpctl dump {} --output=/var/tmp/core && grep --count --text XDG_RUNTIME_DIR= /var/tmp/core || true"
    for crashed, is_kept in ((other, True), (pid, False)):
        machine.run(f"until coredumpctl info {crashed} | grep -q 'Storage:.*present'; do sleep 1; done", timeout=30)
        found = machine.run(dump.format(crashed))
        assert (found.output.split()[-1] != "0") is is_kept, found.said
    machine.run("rm /var/tmp/core; rm -f /var/lib/systemd/coredump/*")


def test_a_program_without_rights_of_its_own(machine):
    shown = machine.run(
        "dpkg --listfiles countersign-agent countersign-verifier | grep ."
        " | xargs -d '\\n' stat --format='%A %U %n' 2>/dev/null"
    )
    assert "countersign-agent" in shown.output
    for line in shown.output.splitlines():
        mode, owner, _ = line.split(" ", 2)
        assert owner == "root" and "s" not in mode, line
    assert (
        machine.run(
            "getcap -r /usr/bin/countersign-agent /usr/bin/countersign-verifier /usr/libexec/countersign", check=False
        ).output
        == ""
    )
