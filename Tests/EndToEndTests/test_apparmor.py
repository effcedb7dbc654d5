# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""
The AppArmor profiles: the parser takes them, they name what the programs need, and not what they must not.

That the kernel refuses what is not allowed is shown where it has AppArmor, by `Tests/VirtualMachine/apparmor-denied`.
"""

import os
import re
import shutil
import subprocess

import pytest
from harness import apparmor
from harness.isolation import needs_root

NAMES = ("countersign-agent", "countersign-posture-helper", "countersign-verifier", "countersign-verifier-proxy")
STRACE = shutil.which("strace")

pytestmark = pytest.mark.skipif(not apparmor.PARSER, reason="no apparmor_parser is installed")


@pytest.fixture(scope="module")
def rules():
    """The rules of all profiles."""
    return {name: apparmor.FileRules(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_parser_takes_the_profile(name):
    assert apparmor.check(name) == ""
    text = (apparmor.PROFILES / name).read_text()
    head = re.search(rf"^profile {name}( /\S+)?( flags=\(\S+\))? \{{$", text, re.MULTILINE)
    assert head
    # In force as it is shipped, not in complain mode.
    assert head.group(2) in (None, " flags=(attach_disconnected)")
    assert f"include if exists <local/{name}>" in text


FOLDER = "/home/alice/.local/state/countersign"
AGENTS_STATE = f"{FOLDER}/agent.sqlite"
VERIFIERS = f"{FOLDER}/verifiers"


@pytest.mark.parametrize(
    ("name", "path", "permission"),
    [
        ("countersign-agent", AGENTS_STATE, "r"),
        ("countersign-agent", AGENTS_STATE, "w"),
        ("countersign-agent", AGENTS_STATE, "k"),
        ("countersign-agent", VERIFIERS, "r"),
        ("countersign-agent", "/home/alice/.local/", "w"),
        ("countersign-agent", "/dev/hidraw3", "w"),
        ("countersign-agent", "/dev/hidraw3", "k"),
        ("countersign-agent", "/dev/tpmrm0", "w"),
        ("countersign-agent", "/run/pcscd/pcscd.comm", "w"),
        ("countersign-agent", "/run/user/1000/countersign/agent.sock", "w"),
        ("countersign-agent", "/run/user/1000/countersign/proxy.sock", "w"),
        ("countersign-agent", "/usr/bin/pinentry-gnome3", "x"),
        ("countersign-agent", "/usr/bin/gsettings", "x"),
        ("countersign-posture-helper", "/etc/sudoers.d/admins", "r"),
        ("countersign-posture-helper", "/etc/shadow", "r"),
        ("countersign-posture-helper", "/usr/sbin/nft", "x"),
        ("countersign-posture-helper", "/etc/iproute2/group", "r"),
        ("countersign-verifier", "/etc/countersign/verifier.toml", "r"),
        ("countersign-verifier", "/var/lib/private/countersign/verifier.sqlite", "w"),
        ("countersign-verifier", "/var/lib/private/countersign/verifier.sqlite.key", "l"),
        ("countersign-verifier", "/run/credentials/countersign-verifier.service/tls.key", "r"),
        ("countersign-verifier-proxy", VERIFIERS, "r"),
        ("countersign-verifier-proxy", VERIFIERS, "w"),
        ("countersign-verifier-proxy", f"{VERIFIERS}.new", "w"),
        ("countersign-verifier-proxy", f"{FOLDER}/enroll.lock", "w"),
        ("countersign-verifier-proxy", f"{FOLDER}/enroll.lock", "k"),
        ("countersign-verifier-proxy", AGENTS_STATE, "w"),
        ("countersign-verifier-proxy", AGENTS_STATE, "k"),
        ("countersign-verifier-proxy", f"{AGENTS_STATE}-wal", "w"),
        ("countersign-verifier-proxy", f"{AGENTS_STATE}-shm", "k"),
        ("countersign-verifier-proxy", "/run/user/1000/countersign/proxy.sock", "w"),
        ("countersign-verifier-proxy", "/etc/hosts", "r"),
        ("countersign-verifier-proxy", "/run/systemd/resolve/stub-resolv.conf", "r"),
    ],
)
def test_what_is_needed_is_allowed(rules, name, path, permission):
    assert rules[name].allows(path, permission)


@pytest.mark.parametrize(
    ("name", "path", "permission"),
    [
        *(
            (name, path, permission)
            for name in NAMES
            for path, permission in [
                ("/home/alice/.ssh/id_ed25519", "r"),
                ("/home/alice/.gnupg/private-keys-v1.d/a.key", "r"),
                ("/home/alice/.mozilla/firefox/a/cookies.sqlite", "r"),
                ("/home/alice/Documents/letter.txt", "r"),
                ("/home/alice/.bashrc", "w"),
                ("/etc/passwd", "w"),
                ("/etc/ssh/ssh_host_ed25519_key", "r"),
                ("/etc/ssl/private/key.pem", "r"),
                ("/usr/bin/countersign-agent", "w"),
                ("/tmp/x", "w"),
                ("/bin/sh", "x"),
                ("/usr/bin/bash", "x"),
                ("/usr/bin/python3.11", "x"),
                ("/usr/bin/id", "x"),
                ("/proc/1/mem", "r"),
                ("/proc/1/environ", "r"),
                ("/dev/sda", "r"),
            ]
        ),
        ("countersign-agent", "/etc/shadow", "r"),
        ("countersign-agent", VERIFIERS, "w"),
        ("countersign-agent", VERIFIERS, "l"),
        ("countersign-agent", f"{VERIFIERS}.new", "w"),
        ("countersign-verifier", "/etc/shadow", "r"),
        ("countersign-verifier", "/root/.ssh/id_ed25519", "r"),
        ("countersign-verifier", "/etc/countersign/verifier.toml", "w"),
        ("countersign-posture-helper", "/etc/sudoers", "w"),
        ("countersign-posture-helper", "/var/lib/private/countersign/verifier.sqlite", "r"),
        ("countersign-posture-helper", AGENTS_STATE, "r"),
        ("countersign-verifier-proxy", "/etc/shadow", "r"),
        ("countersign-verifier-proxy", f"{FOLDER}/keys/software/a.key", "r"),
        ("countersign-verifier-proxy", f"{FOLDER}/run.lock", "w"),
        ("countersign-verifier-proxy", f"{FOLDER}/verifiers.old", "w"),
        ("countersign-verifier-proxy", "/home/alice/.local/state/other", "w"),
        ("countersign-verifier-proxy", "/run/user/1000/countersign/agent.sock", "w"),
        ("countersign-verifier-proxy", "/run/user/1000/bus", "w"),
        ("countersign-verifier-proxy", "/usr/bin/pinentry-gnome3", "x"),
        ("countersign-verifier-proxy", "/usr/bin/countersign-agent", "x"),
        ("countersign-verifier-proxy", "/dev/hidraw3", "w"),
        ("countersign-verifier-proxy", "/dev/tpmrm0", "r"),
    ],
)
def test_what_must_not_be_is_not_allowed(rules, name, path, permission):
    assert not rules[name].allows(path, permission)
