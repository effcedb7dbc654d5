# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Signals of the operating system, compared with programs that nobody here wrote."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import distro
import pytest

FIXTURES = Path(__file__).resolve().parents[2] / "DevicePostureTests" / "Fixtures"
RELEASES = sorted(path.name for path in (FIXTURES / "os-release").iterdir())
# What distro calls otherwise than os-release(5) does, and on purpose.
RENAMED = {"opensuse-leap": "opensuse", "ol": "oracle"}


def posture(programs, *options):
    """The signals that `agent posture` tells, by their ids."""
    result = subprocess.run(
        [programs / "agent", "posture", "--json", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        # Nobody's own state is looked at.
        env={"PATH": os.environ["PATH"], "HOME": "/proc/nonexistent"},
    )
    return {entry["id"]: entry for entry in json.loads(result.stdout)["signals"]}


@pytest.fixture(params=RELEASES)
def root(request, place):
    """A machine that is no more than its os-release file, and Debian's own beside it."""
    folder = place / "root"
    (folder / "etc").mkdir(parents=True)
    (folder / "usr/lib").mkdir(parents=True)
    shutil.copy(FIXTURES / "os-release" / request.param, folder / "usr/lib/os-release")
    (folder / "etc/os-release").symlink_to("../usr/lib/os-release")
    if request.param == "debian-12":
        (folder / "etc/debian_version").write_text("12.11\n")
    return folder


def test_distribution_and_version_are_those_of_distro(programs, root):
    """Where one of them knows no version the other knows none."""
    ours = posture(programs, "--sysroot", root)
    theirs = distro.LinuxDistribution(
        root_dir=str(root), include_lsb=False, include_uname=False, include_oslevel=False
    )
    assert RENAMED.get(ours["osName"]["value"], ours["osName"]["value"]) == theirs.id()
    # Debian's point release stands in a file of its own; Ubuntu's only in a name for people, where distro alone looks.
    version = theirs.version(best=theirs.id() == "debian")
    assert ours["osVersion"].get("value", "") == version
    assert ours["osCodename"].get("value", "") == (theirs.os_release_attr("version_codename") or "")


@pytest.mark.skipif(not shutil.which("systemd-id128"), reason="systemd is not installed")
def test_machine_id_stays_and_its_derivation_is_systemds_kind(programs):
    """32 digits, a UUID of version 4, and not the machine-id."""
    machine = Path("/etc/machine-id")
    if not machine.exists() or len(machine.read_text().strip()) != 32:
        pytest.skip("this machine has no machine-id")
    told = json.dumps(posture(programs))
    assert machine.read_text().strip() not in told
    device = posture(programs)["deviceId"]["value"]
    assert len(device) == 32 and device[12] == "4" and device[16] in "89ab"
    assert posture(programs)["deviceId"]["value"] == device


@pytest.mark.skipif(not shutil.which("systemd-detect-virt"), reason="systemd is not installed")
def test_virtual_machine_is_what_systemd_says(programs):
    """systemd asks the processor itself; from files the kind may be left open, never another."""
    result = subprocess.run(["systemd-detect-virt", "--vm"], capture_output=True, text=True, timeout=10, check=False)
    ours = posture(programs)["virtualization"]
    if ours["state"] == "known":
        theirs = result.stdout.strip()
        assert ours["value"] in (theirs, "vm-other") and (ours["value"] == "none") == (theirs == "none")


def test_clock_is_asked_of_a_live_system_alone(programs, root):
    assert posture(programs, "--sysroot", root)["timeSynchronized"]["state"] == "unknown"
    assert posture(programs)["timeSynchronized"]["state"] == "known"
