# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The posture helper's units as they are shipped: how closed they are, and how they do under a real service manager."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import system_manager
from harness.isolation import needs_root
from harness.posture_helper import SOCKET, answer, as_user, client, readings, swift_libraries
from harness.processes import wait_until

UNITS = Path(__file__).resolve().parents[3] / "packaging/systemd"
SERVICE, LISTENER = "countersign-posture-helper.service", "countersign-posture-helper.socket"
LIBEXEC = "/usr/libexec"
PROGRAM, LIBRARIES = f"{LIBEXEC}/countersign/posture-helper", f"{LIBEXEC}/countersign/lib"
PERSON = 1000

# A machine whose firmware tells root alone, as some distributions mount efivarfs.
FIRMWARE = f"""
set -eu
efi=/sys/firmware/efi/efivars
mount -t tmpfs -o mode=0755 tmpfs /sys/firmware
mkdir -p "$efi"
put() {{ printf '\\006\\000\\000\\000'"$2" > "$efi/$1-8be4df61-93ca-11d2-aa0d-00e098032b8c"; }}
put SecureBoot '\\001'
put SetupMode '\\000'
chmod 0400 "$efi"/*
chmod 0700 "$efi"
mkdir -p {LIBEXEC}/countersign
cp -r /files/lib /files/posture-helper {LIBEXEC}/countersign/
"""


def exposure(*options, unit=UNITS / SERVICE):
    """What systemd says of how closed the unit is."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", *options, str(unit)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_systemd_calls_the_unit_safe():
    """An exposure of at most 1.5, where 10 is a service without any restriction."""
    result = exposure("--threshold=15")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Overall exposure level for" in result.stdout


def test_a_unit_that_is_open_would_be_seen(place):
    """Without its user of the moment and its bounds it is not safe, and the test above says so."""
    closing = ("DynamicUser=", "CapabilityBoundingSet=", "SystemCallFilter=", "Protect", "Private")
    lines = [line for line in (UNITS / SERVICE).read_text().splitlines() if not line.startswith(closing)]
    unit = place / SERVICE
    unit.write_text("\n".join(lines) + "\n")
    assert exposure("--threshold=15", unit=unit).returncode != 0


@pytest.fixture
def manager(programs, place):
    """A manager of system services with the units installed as they are shipped."""
    if reason := system_manager.obstacle():
        pytest.skip(reason)
    files = place / "files"
    (files / "lib").mkdir(parents=True)
    # What is tested is linked with libraries of the compiler's, which lie anywhere; what is installed is not.
    libraries = {library for name in ("agent", "posture-helper") for library in swift_libraries(programs / name)}
    for path in (programs / "agent", programs / "posture-helper"):
        shutil.copy2(path, files / path.name)
    for path in libraries:
        shutil.copy2(path, files / "lib" / path.name)
    try:
        manager = system_manager.SystemManager(place / "manager", files)
    except TimeoutError as error:
        pytest.skip(f"systemd does not run here: {error}")
    manager.run("bash", "-c", FIRMWARE)
    for unit in (SERVICE, LISTENER):
        manager.write(manager.units / unit, (UNITS / unit).read_text())
    if libraries:
        lines = f"[Service]\nEnvironment=LD_LIBRARY_PATH={LIBRARIES}\nExecPaths={LIBRARIES}\n"
        manager.write(manager.units / f"{SERVICE}.d/libraries.conf", lines)
    manager.control("daemon-reload")
    manager.control("start", LISTENER)
    yield manager
    manager.stop()


def ask(manager, uid, request=b"1tb\n"):
    """What the helper answers to a user."""
    return answer(manager.run(*client(uid, SOCKET, request)).stdout)


pytestmark = needs_root


def test_the_first_who_asks_starts_it_and_it_reads_what_root_alone_may_read(manager):
    assert manager.property(SERVICE, "ActiveState") == "inactive"
    hidden = manager.run(*as_user(PERSON, "ls", "/sys/firmware/efi/efivars"), check=False)
    assert hidden.returncode != 0
    reading = ask(manager, PERSON)["readings"]["secureBoot"]
    assert (reading["state"], reading["value"], reading["privilege"]) == ("known", True, "root"), reading
    assert manager.property(SERVICE, "ActiveState") == "active"


def test_socket_and_folder_are_roots_and_everybody_may_connect(manager):
    shown = manager.run("stat", "--format=%A %u:%g", SOCKET, "/run/countersign").stdout.split("\n")
    assert shown[:2] == ["srw-rw-rw- 0:0", "drwxr-xr-x 0:0"]
    assert ask(manager, 33) == {"refused": "notServed"}
    assert "readings" in ask(manager, 0)


def test_the_process_has_two_rights_of_roots_and_can_write_nowhere(manager):
    ask(manager, PERSON)
    pid = manager.property(SERVICE, "MainPID")
    lines = manager.run("cat", f"/proc/{pid}/status").stdout.splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    # CAP_DAC_READ_SEARCH is bit 2, CAP_NET_ADMIN 12.
    for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 1 << 2 | 1 << 12, (name, status[name])
    assert set(status["Uid"].split()) != {"0"} and "0" not in status["Uid"].split()
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    mounts = [line.split() for line in manager.run("cat", f"/proc/{pid}/mountinfo").stdout.splitlines()]
    writable = {mount[4] for mount in mounts if "rw" in mount[5].split(",")}
    # A /dev without devices, /proc without what changes the kernel, and the program itself, which is root's.
    assert not {point for point in writable if not point.startswith(("/dev", "/proc", LIBEXEC))}, writable
    for path in ("/home", "/root", "/var/lib", "/run/dbus"):
        seen = manager.run("sh", "-c", f"ls -A /proc/{pid}/root{path} 2>/dev/null | head -1", check=False).stdout
        assert seen == "", (path, seen)


# What a program that was taken over would try, and what it is for.
ATTEMPTS = {
    "write to /etc": "open('/etc/countersign-probe', 'w')",
    "write to /tmp": "open('/tmp/countersign-probe', 'w')",
    "write to /run": "open('/run/countersign/probe', 'w')",
    "make a folder": "os.mkdir('/tmp/folder')",
    "ask the system bus": "socket.socket(socket.AF_UNIX).connect('/run/dbus/system_bus_socket')",
    "reach the internet": "socket.socket(socket.AF_INET)",
    "send packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "run a program": "os.execv('/usr/bin/id', ['id'])",
    "become root": "os.setuid(0)",
    "signal a process": "os.kill(1, 0)",
    "read a home folder": "open('/root/private')",
    "read /etc/shadow": "open('/etc/shadow').close()",
}


def test_the_sandbox_forbids_what_the_helper_does_not_do(manager):
    """The unit's settings around a program that tries."""
    interpreter = "/usr/bin/python3"
    probe = "import os, socket\n" + "".join(
        f"try:\n    {code}\n    print({name!r}, flush=True)\nexcept OSError:\n    pass\n"
        for name, code in ATTEMPTS.items()
    )
    manager.write("/run/probe/probe.py", probe)
    lines = (UNITS / SERVICE).read_text().splitlines()
    changed = {
        "Type": "oneshot",
        "ExecStart": f"{interpreter} -S /run/probe/probe.py\nStandardOutput=append:/run/probe/output",
        "ExecPaths": f"{interpreter} {os.path.realpath(interpreter)} -/usr/lib -/usr/lib64 -/lib -/lib64",
    }
    # It has no socket, and its output goes to a file.
    left_out = ("Requires", "After", "LimitFSIZE")
    unit = [line for line in lines if not line.startswith(left_out)]
    unit = [f"{name}={changed[name]}" if (name := line.split("=")[0]) in changed else line for line in unit]
    manager.write(manager.units / "probe.service", "\n".join(unit) + "\n")
    manager.control("daemon-reload")
    manager.control("start", "probe.service")
    # Reading what root may read is what it is for.
    assert manager.run("cat", "/run/probe/output").stdout.splitlines() == ["read /etc/shadow"]


def test_without_the_sandbox_all_of_it_would_be_possible(manager):
    """What the test above tries fails for no other reason."""
    possible = [name for name in ATTEMPTS if name not in ("write to /etc", "ask the system bus", "run a program")]
    for name in possible:
        code = f"import os, socket\n{ATTEMPTS[name]}\n"
        result = manager.run("/usr/bin/python3", "-c", code, check=False)
        assert result.returncode == 0, (name, result.stderr)


@pytest.mark.skipif(not shutil.which("nft"), reason="nftables is not installed")
def test_it_tells_what_the_kernel_filters(manager):
    """The packet filter, which the kernel shows to nobody else on this machine."""
    # systemd takes this machine for a container, in which there is no packet filter to speak of.
    manager.run("rm", "-f", "/run/systemd/container")
    assert manager.run(*as_user(PERSON, "nft", "-j", "list", "ruleset"), check=False).returncode != 0
    reading = ask(manager, PERSON, b"1f\n")["readings"]["firewall"]
    assert (reading["state"], reading.get("value"), reading["privilege"]) == ("known", False, "root"), reading
    rules = "table inet filter { chain input { type filter hook input priority 0; policy drop; iif lo accept; }; }"
    manager.run("nft", rules)
    reading = ask(manager, PERSON, b"1f\n")["readings"]["firewall"]
    assert (reading["state"], reading.get("value"), reading["privilege"]) == ("known", True, "root"), reading


def test_it_is_gone_after_a_while_and_comes_back(manager):
    ask(manager, PERSON)
    first = manager.property(SERVICE, "MainPID")
    wait_until(lambda: manager.property(SERVICE, "ActiveState") == "inactive", 40, what="the helper to go")
    assert manager.property(SERVICE, "Result") == "success"
    assert manager.property(LISTENER, "ActiveState") == "active"
    assert "readings" in ask(manager, PERSON)
    assert manager.property(SERVICE, "MainPID") != first


def test_one_that_was_killed_comes_back_for_the_next(manager):
    ask(manager, PERSON)
    manager.control("kill", "--signal=KILL", SERVICE)
    wait_until(lambda: manager.property(SERVICE, "ActiveState") == "failed", 20, what="the end of it")
    assert "readings" in ask(manager, PERSON)


def test_the_agent_of_a_person_shows_what_root_alone_may_read(manager):
    command = as_user(
        PERSON, "env", "HOME=/proc/nonexistent", "LD_LIBRARY_PATH=/files/lib", "/files/agent", "posture", "--json"
    )
    reading = readings(manager.run(*command).stdout)["secureBoot"]
    assert (reading["state"], reading["value"], reading["privilege"]) == ("known", True, "root"), reading
    manager.control("stop", LISTENER)
    wait_until(lambda: manager.run("test", "-e", SOCKET, check=False).returncode != 0, what="the socket to be gone")
    assert readings(manager.run(*command).stdout)["secureBoot"]["state"] == "unknown"
