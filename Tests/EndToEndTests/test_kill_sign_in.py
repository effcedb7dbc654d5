# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Kill -9 of agent and verifier during a sign-in: no response counts twice, nothing is lost, the next start works."""

import time

import pytest

from kill_rig import AfterDelay, AtStep, Attempt, Findings, KillRig, enrollments, seed

RANDOM_KILLS = 50
PEOPLE = 4


@pytest.fixture
def rig(programs, place):
    """The verifier and the app; not started."""
    made = KillRig(programs, place)
    yield made
    made.stop()


class Device:
    """An agent that is enrolled for some people, who take turns, so that no limit by user is reached."""

    def __init__(self, rig):
        self.agent = rig.agent("agent").start()
        self.people = [rig.person() for _ in range(PEOPLE)]
        for user in self.people:
            result = rig.enroll(self.agent, user)
            assert result.returncode == 0, result.stderr
        self._turn = 0

    def next(self):
        """Whose turn it is."""
        self._turn += 1
        return self.people[self._turn % PEOPLE]


def measure(rig, device):
    """How long a sign-in takes, in seconds; the median of five."""
    times = []
    for _ in range(5):
        began = time.monotonic()
        rig.sign_in(device.next(), device.agent)
        times.append(time.monotonic() - began)
    return sorted(times)[2]


def check_after_agent(rig, device, attempt):
    """The agent knows all its enrolments, nothing counts twice, and a new sign-in works."""
    assert len(enrollments(device.agent)) == PEOPLE
    rig.check_single_use(attempt)
    rig.sign_in(attempt.user, device.agent)
    rig.check_keys(device.agent)


def check_after_verifier(rig, device, attempt):
    """The store opens, nothing counts twice, and a new sign-in works."""
    rig.check_verifier()
    rig.check_single_use(attempt)
    rig.sign_in(attempt.user, device.agent)


def test_agent_killed_at_every_step_of_a_sign_in(rig, place):
    """Killed before each write, sync and rename of `agent run`, and before each thing it says to page or verifier."""
    rig.start()
    device, kill, findings = Device(rig), AtStep(place), Findings()
    device.agent.stop()
    finished = False
    while not finished:
        kill.step += 1
        rig.start_agent(device.agent, kill)
        attempt = Attempt(rig, device.next(), device.agent)
        rig.kill_during(device.agent.daemon, kill, attempt.run)
        finished = "killed" not in kill.steps()
        assert attempt.claims or not finished, repr(attempt.broke_off)
        device.agent.start()
        findings(kill, check_after_agent, rig, device, attempt)
        device.agent.stop()
    rig.check_audit()
    findings.conclude(at_least=4)


@pytest.mark.long
def test_verifier_killed_at_every_step_of_a_sign_in(rig, place):
    """Killed before each write and sync of `verifier serve`, and before each answer, from first redirect to tokens."""
    kill = AtStep(place)
    rig.start(kill)
    device, findings = Device(rig), Findings()
    finished = False
    while not finished:
        kill.step += 1
        attempt = Attempt(rig, device.next(), device.agent)
        rig.kill_during(rig.verifier.daemon, kill, attempt.run)
        finished = "killed" not in kill.steps()
        assert attempt.claims or not finished, repr(attempt.broke_off)
        rig.start(kill)
        findings(kill, check_after_verifier, rig, device, attempt)
    rig.check_audit()
    rig.check_told()
    findings.conclude(at_least=20)


@pytest.mark.long
def test_agent_killed_at_random_instants_of_a_sign_in(rig):
    """Killed 50 times at any instant of a sign-in."""
    rig.start()
    device, findings, instants = Device(rig), Findings(), seed()
    duration = measure(rig, device)
    for _ in range(RANDOM_KILLS):
        kill = AfterDelay(instants.uniform(0, duration * 1.05))
        attempt = Attempt(rig, device.next(), device.agent)
        rig.kill_during(device.agent.daemon, kill, attempt.run)
        device.agent.start()
        findings(kill, check_after_agent, rig, device, attempt)
    rig.check_audit()
    findings.conclude(at_least=RANDOM_KILLS)


def test_verifier_killed_at_random_instants_of_a_sign_in(rig):
    """Killed 50 times at any instant of a sign-in."""
    rig.start()
    device, findings, instants = Device(rig), Findings(), seed()
    duration = measure(rig, device)
    for _ in range(RANDOM_KILLS):
        kill = AfterDelay(instants.uniform(0, duration * 1.05))
        attempt = Attempt(rig, device.next(), device.agent)
        rig.kill_during(rig.verifier.daemon, kill, attempt.run)
        rig.start()
        findings(kill, check_after_verifier, rig, device, attempt)
    rig.check_audit()
    rig.check_told()
    findings.conclude(at_least=RANDOM_KILLS)
