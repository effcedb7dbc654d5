# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the machine that all these tests share, and what they find out about it."""

import contextlib
import os
from pathlib import Path

import pytest
import signals
from machine import Machine

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build/virtual-machine"

# All files of the system but those that package managers, services and the tests keep for themselves.
FILES = r"""find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /run -o -path /var/tmp \
    -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log -o -path /var/lib/systemd \
    -o -path /etc/ld.so.cache -o -path '/etc/*-' -o -path /root \) -prune -o -print | sort"""


@pytest.fixture(scope="session")
def files():
    """A command that lists the files of the system."""
    return FILES


@pytest.fixture(scope="session")
def artefacts():
    """Where what tells of a run is kept."""
    folder = BUILT / "artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def machine(artefacts):
    """The machine, started once. One that is kept from a former run is used as it is."""
    if os.environ.get("COUNTERSIGN_VM_ATTACH"):
        machine = Machine.attach(BUILT / "run")
        yield machine
        return
    machine = Machine(BUILT / "image/disk.qcow2", BUILT / "run")
    try:
        yield machine.start()
        machine.keep(artefacts)
        if os.environ.get("COUNTERSIGN_VM_KEEP"):
            machine.stay()
    finally:
        machine.stop()


@pytest.fixture(scope="session")
def packages():
    """The newest Debian package of each name."""
    found = {}
    for name in ("countersign-agent", "countersign-verifier"):
        files = sorted((ROOT / ".build/packages").glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime)
        if not files:
            pytest.exit(f"no package of {name}: make deb", returncode=3)
        found[name] = files[-1]
    return found


class Refusals:
    """What AppArmor has refused the services, but for what tests have it refuse."""

    def __init__(self, machine):
        self._machine = machine
        self._expected = set()

    def _all(self):
        script = "sleep 2; journalctl --no-pager --output=cat | grep 'apparmor=\"DENIED\"'"
        lines = self._machine.run(script, check=False, timeout=60).output.splitlines()
        return [line for line in lines if 'profile="countersign-' in line]

    def __call__(self):
        """The lines of the kernel's log."""
        return [line for line in self._all() if line not in self._expected]

    @contextlib.contextmanager
    def expected(self):
        """What is refused meanwhile is meant to be; the lines are in the list, afterwards."""
        noted = []
        before = set(self._all())
        yield noted
        noted.extend(line for line in self._all() if line not in before)
        self._expected.update(noted)


@pytest.fixture(scope="session")
def refusals(machine):
    """What AppArmor has refused."""
    return Refusals(machine)


@pytest.fixture
def posture(machine, artefacts, request):
    """Reads all signals as a user does; answers them by their ids, and keeps them."""

    def read(user="alice", helper=True):
        return signals.read(machine, artefacts, request.node.name, user, helper)

    return read
