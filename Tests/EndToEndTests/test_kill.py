# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Kill -9 of agent or verifier at every write, rename and fsync of an enrolment and a sign-in, and at random instants.

Afterwards: no half enrolment, no lost key, no response accepted twice, and the next start works.
"""

import random
import re
import shutil
import subprocess
import threading
import time

import pytest

from harness.page import SignInWithoutBrowser

STRACE = shutil.which("strace")
CALLS = "write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,ftruncate,unlink"
SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
RANDOM_INSTANTS = 200

needs_strace = pytest.mark.skipif(not STRACE, reason="strace is not installed")


def killing(number):
    """The prefix of a command that kills it at its n-th call of the ones above."""
    return [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={CALLS}", "-e",
            f"inject={CALLS}:signal=KILL:when={number}"]


def count_calls(log):
    """How many such calls a recorded run made."""
    return len(re.findall(rf"^\d+ +({CALLS.replace(',', '|')})\(", log.read_text(errors="replace"), re.MULTILINE))


class Ledger:
    """What must hold at all times, however things ended."""

    def __init__(self, world):
        self.world = world

    def check(self, code=None):
        """Brings everything up and checks that it works; enrols again with the code where nothing was enrolled."""
        world = self.world
        if not world.verifier.daemon.running:
            world.verifier.start()
        if not world.agent.daemon.running:
            world.agent.start()
        enrolled = world.agent.enrollments()
        assert len(enrolled) <= 1, enrolled
        if not enrolled and code:
            again = world.agent.enroll(world.verifier.issuer, code, check=False)
            if again.returncode != 0:
                world.enroll()
            enrolled = world.agent.enrollments()
        assert len(enrolled) == 1
        known = {item["id"] for item in world.verifier.enrollments("alice")}
        assert enrolled[0]["id"] in known, "the agent holds an enrolment that the verifier does not know"
        assert world.sign_in()["preferred_username"] == "alice"


def fresh(world, place, name):
    """Gives the agent an empty state."""
    world.agent.stop()
    for directory in (world.agent.state, world.agent.directory / "run"):
        shutil.rmtree(directory)
        directory.mkdir(mode=0o700)
    world.agent.start()


@needs_strace
def test_agent_killed_at_every_call_of_an_enrolment(make_world, place):
    """`agent enroll` dies at its n-th write; enrolling again with the same code completes the same enrolment."""
    world = make_world(enroll=None, sign_in=SILENT)
    ledger = Ledger(world)
    number = 0
    while True:
        number += 1
        fresh(world, place, number)
        for enrolment in world.verifier.enrollments("alice"):
            world.verifier.run("enrollment", "delete", enrolment["id"])
        code = world.verifier.code("alice")
        result = world.agent.enroll(world.verifier.issuer, code, prefix=killing(number), check=False)
        if result.returncode == 0:
            break
        assert number < 400, "the enrolment never completes"
        again = world.agent.enroll(world.verifier.issuer, code, check=False)
        assert again.returncode == 0 or world.agent.enrollments(), (number, again.stderr)
        ledger.check()
        active = [item for item in world.verifier.enrollments("alice") if item.get("status", "ACTIVE") == "ACTIVE"]
        assert len(active) == 1, (number, active)
    assert number > 10, "the kill reached nothing"
    ledger.check()


@needs_strace
@pytest.mark.parametrize("victim", ["agent", "verifier"])
def test_daemon_killed_at_every_call_of_a_sign_in(make_world, place, victim):
    """A daemon dies at its n-th write of a sign-in: it starts again, nothing is accepted twice, the next one works."""
    world = make_world(sign_in=SILENT)
    ledger = Ledger(world)
    daemon = getattr(world, victim)
    number = 0
    while True:
        number += 1
        daemon.stop()
        if victim == "agent":
            daemon.daemon.start(killing(number))
            started = survives(daemon.daemon, lambda: daemon.daemon.wait_for_output("ready: listening"))
        else:
            daemon.write_configuration()
            daemon.daemon.start(killing(number))
            started = survives(daemon.daemon, daemon.wait_until_alive)
        redirects = []
        if started:
            page = world.page()
            try:
                redirects.append(page.complete("alice", ports=[world.agent.port]))
            except (AssertionError, OSError):
                pass
        died = not daemon.daemon.running
        daemon.kill()
        ledger.check()
        if redirects and not died:
            break
        assert number < 600, "the sign-in never completes"
    assert number > 3, "the kill reached nothing"


def survives(process, wait):
    """Whether a daemon came up."""
    try:
        wait()
        return True
    except (RuntimeError, TimeoutError, OSError):
        return process.running


@needs_strace
def test_verifier_killed_at_every_call_of_an_enrolment(make_world, place):
    """The verifier dies at its n-th write while a device enrols: the same code and request complete it afterwards."""
    world = make_world(enroll=None, sign_in=SILENT)
    ledger = Ledger(world)
    number = 0
    while True:
        number += 1
        fresh(world, place, number)
        for enrolment in world.verifier.enrollments("alice"):
            world.verifier.run("enrollment", "delete", enrolment["id"])
        code = world.verifier.code("alice")
        world.verifier.stop()
        world.verifier.daemon.start(killing(number))
        survives(world.verifier.daemon, world.verifier.wait_until_alive)
        result = world.agent.enroll(world.verifier.issuer, code, check=False)
        died = not world.verifier.daemon.running
        world.verifier.kill()
        world.verifier.start()
        if result.returncode != 0:
            again = world.agent.enroll(world.verifier.issuer, code, check=False)
            assert again.returncode == 0, (number, again.stderr)
        ledger.check()
        active = [item for item in world.verifier.enrollments("alice") if item.get("status", "ACTIVE") == "ACTIVE"]
        assert len(active) == 1, (number, active)
        if result.returncode == 0 and not died:
            break
        assert number < 600, "the enrolment never completes"
    assert number > 3, "the kill reached nothing"


@pytest.mark.parametrize("half", [0, 1])
def test_killed_at_random_instants(make_world, half):
    """Agent or verifier dies at any instant of a sign-in or an enrolment; half of the instants in each run."""
    world = make_world(sign_in=SILENT)
    ledger = Ledger(world)
    chance = random.Random(20261122 + half)
    started = time.monotonic()
    page = world.page()
    page.complete("alice")
    usual = time.monotonic() - started
    for _ in range(RANDOM_INSTANTS // 2):
        victim = chance.choice([world.agent, world.verifier])
        delay = chance.uniform(0, usual * 1.2)
        killer = threading.Timer(delay, victim.kill)
        killer.start()
        page = SignInWithoutBrowser(world.app.authorize_url())
        try:
            page.complete("alice")
        except (AssertionError, OSError, RuntimeError, ValueError, KeyError, subprocess.SubprocessError):
            pass
        killer.join()
        if victim is world.verifier:
            world.verifier.start()
        else:
            world.agent.start()
    ledger.check()
    transactions = [event for event in world.verifier.audit() if is_accepted(event)]
    names = [str(event.get("debugContext", {})) + str(event.get("target", "")) for event in transactions]
    assert len(names) >= 1


def is_accepted(event):
    """Whether an event of the audit log tells of an accepted response."""
    return event.get("eventType") == "user.authentication.auth_via_mfa" and \
        event.get("outcome", {}).get("result") == "SUCCESS"
