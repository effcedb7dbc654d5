# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Kill -9 of agent and verifier during an enrolment: whole on both sides or on none, and the next start works."""

import subprocess
import threading
import time

import pytest
from harness.processes import wait_until

from kill_rig import AfterDelay, AtStep, Findings, KillRig, enrollments, pending, seed

RANDOM_KILLS = 50


@pytest.fixture
def rig(programs, place):
    """The verifier and the app; not started."""
    made = KillRig(programs, place)
    yield made
    made.stop()


def check_both(rig, agent, user, code):
    """What must hold after the verifier was killed while a device enrolled."""
    rig.check_verifier()
    rig.check_agent(agent, user, code)


def run_agent_until_killed(agent, issuer, code, delay):
    """Starts an enrolment and kills it after a time."""
    process = subprocess.Popen(
        agent.command("enroll", issuer, "--code", code),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=agent.environment,
        cwd=agent.directory,
    )
    time.sleep(delay)
    process.kill()
    process.wait()


@pytest.mark.long
def test_agent_killed_at_every_step_of_an_enrolment(rig, place):
    """Killed before each write, sync, rename and removal of `agent enroll`; what comes next sets it right."""
    rig.start()

    def prepare(agent, user, by_command):
        code = rig.verifier.code(user)
        return (
            lambda kill: rig.enroll(agent, user, code, kill=kill),
            lambda: rig.check_agent(agent, user, code, by_command),
        )

    rig.kill_at_every_step(place, prepare, at_least=12)


@pytest.mark.long
def test_verifier_killed_at_every_step_of_an_enrolment(rig, place):
    """Killed before each write and sync of `verifier serve` while a device enrols."""
    kill = AtStep(place)
    rig.start(kill)
    findings = Findings()
    finished = False
    while not finished:
        kill.step += 1
        agent, user = rig.agent(f"agent-{kill.step}"), rig.person()
        code = rig.verifier.code(user)
        result = rig.kill_during(rig.verifier.daemon, kill, lambda: rig.enroll(agent, user, code))
        finished = "killed" not in kill.steps()
        assert result.returncode == 0 or not finished, result.stderr
        if result.returncode != 0:
            assert result.returncode in (1, 3) and result.stderr.strip(), (result.returncode, result.stderr)
        rig.start(kill)
        findings(kill, check_both, rig, agent, user, code)
        rig.discard(agent)
    rig.check_audit()
    findings.conclude(at_least=10)


@pytest.mark.long
def test_agent_killed_at_random_instants_of_an_enrolment(rig):
    """Killed 50 times at any instant of `agent enroll`."""
    rig.start()
    instants, findings = seed(), Findings()
    agent, user = rig.agent("measured"), rig.person()
    code = rig.verifier.code(user)
    began = time.monotonic()
    assert rig.enroll(agent, user, code).returncode == 0
    duration = time.monotonic() - began
    rig.discard(agent)
    for number in range(RANDOM_KILLS):
        agent, user = rig.agent(f"agent-{number}"), rig.person()
        code = rig.verifier.code(user)
        kill = AfterDelay(instants.uniform(0, duration * 1.05))
        rig.proxy.next_address()
        run_agent_until_killed(agent, rig.verifier.issuer, code, kill.delay)
        findings(kill, rig.check_agent, agent, user, code)
        rig.discard(agent)
    rig.check_audit()
    findings.conclude(at_least=RANDOM_KILLS)


@pytest.mark.long
def test_verifier_killed_at_random_instants_of_an_enrolment(rig):
    """Killed 50 times at any instant of an enrolment as the verifier sees it."""
    rig.start()
    instants, findings = seed(), Findings()
    agent, user = rig.agent("measured"), rig.person()
    code = rig.verifier.code(user)
    began = time.monotonic()
    assert rig.enroll(agent, user, code).returncode == 0
    duration = time.monotonic() - began
    rig.discard(agent)
    for number in range(RANDOM_KILLS):
        agent, user = rig.agent(f"agent-{number}"), rig.person()
        code = rig.verifier.code(user)
        kill = AfterDelay(instants.uniform(0, duration * 1.05))
        rig.kill_during(rig.verifier.daemon, kill, lambda: rig.enroll(agent, user, code))
        rig.start()
        findings(kill, check_both, rig, agent, user, code)
        rig.discard(agent)
    rig.check_audit()
    findings.conclude(at_least=RANDOM_KILLS)


def lost(method, path):
    """Loses what the verifier answers to enrolments."""
    return method == "POST" and path.endswith("/app-authenticators")


def interrupt(rig, agent, user, code):
    """An enrolment that the verifier makes and whose answer the agent never sees."""
    rig.proxy.lose = lost
    result = rig.enroll(agent, user, code)
    assert result.returncode == 3, (result.returncode, result.stderr)
    assert "may have made the enrolment" in result.stderr, result.stderr
    assert "agent enroll" in result.stderr, result.stderr
    assert len(rig.verifier.enrollments(user)) == 1
    assert enrollments(agent) == []
    [left] = pending(agent)
    assert left["issuer"] == rig.verifier.issuer
    return left


def test_daemon_finishes_what_was_interrupted_when_it_can(rig):
    """While the verifier cannot be asked the enrolment is kept and said; then the next start finishes it."""
    rig.start()
    agent, user = rig.agent("agent"), rig.person()
    code = rig.verifier.code(user)
    left = interrupt(rig, agent, user, code)
    agent.start()
    agent.daemon.wait_for_output("cannot be finished yet")
    assert pending(agent) == [left]
    assert "interrupted" in agent.run("status").stdout
    agent.stop()
    rig.proxy.lose = None
    agent.start()
    agent.daemon.wait_for_output("an interrupted enrolment is complete")
    assert rig.check_both_sides(agent, user) == 1
    rig.sign_in(user, agent)
    # The person, who does not know, runs the same command again.
    again = rig.enroll(agent, user, code)
    assert again.returncode == 0 and "enrolled this device before" in again.stderr, again.stderr
    assert rig.check_both_sides(agent, user) == 1
    rig.check_keys(agent)


def test_another_code_finishes_the_first_enrolment_and_goes_on(rig):
    """Of an interrupted enrolment and one by another person's code both are there in the end."""
    rig.start()
    agent, first, second = rig.agent("agent"), rig.person(), rig.person()
    interrupt(rig, agent, first, rig.verifier.code(first))
    rig.proxy.lose = None
    result = rig.enroll(agent, second)
    assert result.returncode == 0, result.stderr
    agent.start()
    for user in (first, second):
        assert rig.check_both_sides(agent, user) == 1
        rig.sign_in(user, agent)
    rig.check_keys(agent)


def test_interrupted_enrolment_can_be_given_up(rig):
    """`agent unenroll` ends it on both sides, or here alone where the verifier cannot be asked."""
    rig.start()
    agent, user = rig.agent("agent"), rig.person()
    interrupt(rig, agent, user, rig.verifier.code(user))
    rig.proxy.lose = None
    agent.run("unenroll", rig.verifier.issuer)
    assert rig.check_both_sides(agent, user) == 0
    interrupt(rig, agent, user, rig.verifier.code(user))
    given_up = agent.run("unenroll")
    assert "administrator" in given_up.stderr, given_up.stderr
    assert pending(agent) == []
    assert not list((agent.state / "keys").glob("*.p8"))


class Held:
    """Holds the posts of enrolments until they are let through."""

    def __init__(self):
        self.arrived = threading.Event()
        self.released = threading.Event()

    def __call__(self, method, path):
        if method == "POST" and path.endswith("/app-authenticators"):
            self.arrived.set()
            self.released.wait(timeout=20)

    def wait(self):
        """Waits until one has arrived."""
        assert self.arrived.wait(timeout=20), "no enrolment was posted"


def enroll_while(rig, agent, people, action):
    """Enrols people at once, does something while one waits for the verifier, and answers the results.

    The action is given the results so far.
    """
    codes = [rig.verifier.code(user) for user in people]
    rig.proxy.hold = held = Held()
    results = {}
    threads = [
        threading.Thread(target=lambda user=user, code=code: results.update({user: rig.enroll(agent, user, code)}))
        for user, code in zip(people, codes)
    ]
    for thread in threads:
        thread.start()
    try:
        held.wait()
        action(results)
    finally:
        held.released.set()
        for thread in threads:
            thread.join(timeout=60)
        rig.proxy.hold = None
    return results


def test_start_during_an_enrolment_removes_none_of_its_keys(rig):
    """What starts while an enrolment waits for the verifier does not take its new keys for left-overs."""
    rig.start()
    agent, user = rig.agent("agent"), rig.person()
    results = enroll_while(rig, agent, [user], lambda _: agent.start())
    assert results[user].returncode == 0, results[user].stderr
    rig.sign_in(user, agent)
    agent.restart()
    rig.sign_in(user, agent)
    rig.check_keys(agent)


def test_two_enrolments_at_once_keep_their_keys(rig):
    """Of two `agent enroll` at the same time one is told to wait; neither removes the other's keys, no code is lost."""
    rig.start()
    agent, people = rig.agent("agent"), [rig.person(), rig.person()]
    results = enroll_while(
        rig, agent, people, lambda results: wait_until(lambda: results, 20, what="the one that is told to wait")
    )
    [refused] = [user for user in people if results[user].returncode != 0]
    assert results[refused].returncode == 1 and "under way" in results[refused].stderr, results[refused].stderr
    assert rig.enroll(agent, refused, results[refused].args[-1]).returncode == 0
    agent.start()
    for user in people:
        rig.sign_in(user, agent)
    rig.check_keys(agent)
