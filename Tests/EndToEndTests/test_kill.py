# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""
Kill -9 of agent or verifier at every write, rename and fsync of an enrolment and a sign-in, and at random instants.

Afterwards: no half enrolment, no lost key, no response accepted twice, and the next start works.
"""

import contextlib
import random
import shutil
import threading
import time

import pytest
from harness.killing import Killer
from harness.page import SignInWithoutBrowser
from harness.processes import wait_until

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
RANDOM_INSTANTS = 200
PARTS = 4
MOST_CALLS = 1000


@pytest.fixture(scope="session")
def killer(programs):
    """What kills."""
    return Killer(programs)


def active(world):
    """The person's enrolments that the verifier counts."""
    return [item for item in world.verifier.enrollments("alice") if item["status"].upper() == "ACTIVE"]


def begin_afresh(world):
    """An agent without any state, a person without devices, and a code."""
    world.agent.stop()
    for directory in (world.agent.state, world.agent.directory / "run"):
        shutil.rmtree(directory)
        directory.mkdir(mode=0o700)
    for enrolment in active(world):
        world.verifier.run("enrollment", "delete", enrolment["id"])
    world.agent.start()
    return world.verifier.code("alice")


def check_enrolled_once(world):
    """One enrolment, the same on both sides, and it signs in."""
    mine = [item["id"] for item in world.agent.enrollments()]
    assert len(mine) == 1, mine
    assert [item["id"] for item in active(world)] == mine
    assert world.sign_in()["preferred_username"] == "alice"


def start_under(killer, number, daemon):
    """Starts a daemon that is to die at its n-th call; whether it came up."""
    try:
        daemon.start(killer.at(number))
        return True
    except (RuntimeError, TimeoutError, OSError):
        return False


class TestEnrollment:
    """An enrolment that is cut off is completed by the same command."""

    def test_command_killed_at_every_call(self, make_world, killer):
        """`agent enroll` dies at its n-th call; the same code completes the enrolment, once."""
        world = make_world(enroll=None, sign_in=SILENT)
        for number in range(1, MOST_CALLS):
            code = begin_afresh(world)
            result = world.agent.enroll(world.verifier.issuer, code, check=False, environment=killer.at(number))
            if result.returncode == 0:
                break
            assert len(world.agent.enrollments()) <= 1
            if not world.agent.enrollments():
                again = world.agent.enroll(world.verifier.issuer, code, check=False)
                assert again.returncode == 0, (number, again.stderr)
            check_enrolled_once(world)
        assert 5 < number < MOST_CALLS, number
        check_enrolled_once(world)

    @pytest.mark.parametrize("victim", ["agent", "verifier"])
    def test_daemon_killed_at_every_call(self, make_world, killer, victim):
        """A daemon dies at its n-th call while a device enrols; the same code completes the enrolment, once."""
        world = make_world(enroll=None, sign_in=SILENT)
        daemon = getattr(world, victim)
        for number in range(1, MOST_CALLS):
            code = begin_afresh(world)
            daemon.stop()
            start_under(killer, number, daemon)
            result = world.agent.enroll(world.verifier.issuer, code, check=False)
            died = not daemon.daemon.running
            daemon.kill()
            daemon.start()
            if not world.agent.enrollments():
                again = world.agent.enroll(world.verifier.issuer, code, check=False)
                assert again.returncode == 0, (number, again.stderr)
            check_enrolled_once(world)
            if result.returncode == 0 and not died:
                break
        assert 3 < number < MOST_CALLS, number


@pytest.mark.parametrize("victim", ["agent", "verifier"])
def test_sign_in_with_a_daemon_killed_at_every_call(make_world, killer, recorder, victim):
    """A daemon dies at its n-th call of a sign-in: it starts again, no response counts twice, the next one works."""
    world = make_world(
        sign_in=SILENT, enroll=None, issuer=f"http://localhost:{recorder.port}", proxies={"trusted": ["127.0.0.1/32"]}
    )
    recorder.start(world.verifier.port)
    world.enroll()
    daemon = getattr(world, victim)
    for number in range(1, MOST_CALLS):
        daemon.stop()
        page = None
        if start_under(killer, number, daemon):
            page = world.page()
            with contextlib.suppress(AssertionError, OSError, ValueError):
                page.complete("alice", ports=[world.agent.port])
        died = not daemon.daemon.running
        daemon.kill()
        daemon.start()
        check_responses(world, recorder)
        assert world.sign_in()["preferred_username"] == "alice"
        if page and not died:
            break
        recorder.exchanges.clear()
    assert 3 < number < MOST_CALLS, number


def check_responses(world, recorder):
    """Posts every response of a cut-off sign-in twice more: of all the posts of one, one at most may count."""
    for exchange in recorder.matching("POST", "/verify"):
        url = f"{world.verifier.issuer}{exchange.path}"
        statuses = [exchange.status] + [
            world.app.http.request("POST", url, body=exchange.body, headers={"Content-Type": "application/json"}).status
            for _ in range(2)
        ]
        assert statuses.count(200) <= 1, statuses
    recorder.exchanges.clear()


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_random_instants(make_world, part):
    """Agent or verifier dies at any instant of a sign-in, in a few parts that run side by side."""
    world = make_world(sign_in=SILENT)
    users = ["alice", "bob", "carol", "dave"]
    for user in users[1:]:
        world.verifier.add_user(user)
        world.enroll(user=user)
    chance = random.Random(20261122 + part)
    started = time.monotonic()
    world.page().complete("alice")
    usual = time.monotonic() - started
    before = enrolments(world)
    for _ in range(RANDOM_INSTANTS // PARTS):
        victim = chance.choice([world.agent, world.verifier])
        killer = threading.Timer(chance.uniform(0, usual * 1.1), victim.kill)
        killer.start()
        page = SignInWithoutBrowser(world.app.authorize_url())
        with contextlib.suppress(AssertionError, OSError, ValueError, KeyError):
            page.complete(chance.choice(users))
        killer.join()
        wait_until(lambda dead=victim: not dead.daemon.running, what="the end of what was killed")
        victim.start()
        assert enrolments(world) == before
    for user in users:
        result = world.app.finish_url(world.page().complete(user))
        assert result["claims"]["preferred_username"] == user
    check_audit(world)


def enrolments(world):
    """The ids of the agent's enrolments."""
    return sorted(item["id"] for item in world.agent.enrollments())


def check_audit(world):
    """No transaction was accepted twice."""
    accepted = [
        event["transaction"]["id"]
        for event in world.verifier.audit()
        if event.get("outcome", {}).get("result") == "SUCCESS"
        and "auth" in event["eventType"]
        and event.get("transaction", {}).get("id")
    ]
    per_event = {}
    for event in world.verifier.audit():
        key = (event["eventType"], event.get("transaction", {}).get("id"))
        if event.get("outcome", {}).get("result") == "SUCCESS" and key[1]:
            per_event[key] = per_event.get(key, 0) + 1
    assert accepted is not None
    assert {key: count for key, count in per_event.items() if "auth_via" in key[0] and count > 1} == {}
