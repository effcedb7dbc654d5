# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Real pinentry programs on pseudo-terminals: the one that `agent attend` lends, and the one of `agent enroll`."""

import shutil
import threading
import time

import pexpect
import pytest

SIGN_IN = {"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"}
# An answer within half a second of the question does not count.
THINKING = 1.2
# What a person presses to allow and to refuse. In curses the first button refuses.
ALLOW = {"pinentry-curses": "\t\r", "pinentry-tty": "a"}
REFUSE = {"pinentry-curses": "\r", "pinentry-tty": "r"}


@pytest.fixture(params=["pinentry-curses", "pinentry-tty"])
def pinentry(request):
    """Each terminal pinentry of the distribution."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def at_terminal(make_world, make_agent, pinentry):
    """A world whose agent asks through a real pinentry, and a way to run commands on a terminal."""
    terminals = []

    def make(**sign_in):
        agent = make_agent(environment={"COUNTERSIGN_PINENTRY": shutil.which(pinentry)})
        world = make_world(agent=agent, enroll=None, sign_in=SIGN_IN | sign_in)

        def run(*command):
            terminals.append(
                pexpect.spawn(
                    str(agent.program),
                    list(command),
                    env=agent.environment | {"TERM": "xterm"},
                    cwd=str(agent.directory),
                    dimensions=(40, 120),
                    timeout=20,
                    encoding="utf-8",
                    codec_errors="replace",
                )
            )
            return terminals[-1]

        return world, run

    yield make
    for terminal in terminals:
        terminal.close(force=True)


def carry_in_background(world):
    """Starts a sign-in and carries its challenge while the test is at the terminal."""
    page = world.page()
    page.begin()
    page.identify("alice")
    statuses = []
    thread = threading.Thread(target=lambda: statuses.append(page.carry()), daemon=True)
    thread.start()
    return page, thread, statuses


def answer(terminal, keys):
    """Answers after a person's time to read."""
    time.sleep(THINKING)
    terminal.send(keys)


def attend(world, run):
    """A terminal that is lent to the agent."""
    terminal = run("attend")
    terminal.expect("prompts are shown here")
    return terminal


@pytest.mark.parametrize("allows", [True, False])
def test_consent_at_a_lent_terminal(at_terminal, pinentry, allows):
    """The question names the app and the page; the answer counts."""
    world, run = at_terminal()
    world.enroll()
    terminal = attend(world, run)
    page, thread, statuses = carry_in_background(world)
    terminal.expect("Test app")
    terminal.expect(world.verifier.issuer)
    answer(terminal, (ALLOW if allows else REFUSE)[pinentry])
    view = page.poll()
    thread.join(10)
    assert statuses == [200]
    assert view["state"] == ("success" if allows else "failed"), view
    assert allows or view["failure"] == "declined"


def test_return_alone_allows_nothing(at_terminal, pinentry):
    """Whoever presses the return key without reading has allowed nothing."""
    world, run = at_terminal()
    world.enroll()
    terminal = attend(world, run)
    page, _, _ = carry_in_background(world)
    terminal.expect("Test app")
    answer(terminal, "\r")
    view = page.poll(timeout=4)
    assert view["state"] in ("challenge", "failed"), view


def test_pin_at_terminals(at_terminal, pinentry):
    """Enrolment asks for a new PIN twice at its own terminal, a sign-in for the PIN once at the lent one."""
    world, run = at_terminal(user_verification="REQUIRED")
    enrolling = run("enroll", world.verifier.issuer, "--code", world.verifier.code("alice"), "--user-verification")
    enrolling.expect("New PIN")
    answer(enrolling, "739156\r")
    enrolling.expect("Once more")
    answer(enrolling, "739156\r")
    enrolling.expect("enrolled alice")
    terminal = attend(world, run)
    page, thread, statuses = carry_in_background(world)
    terminal.expect("8 tries are left")
    answer(terminal, "739156\r")
    view = page.poll()
    assert view["state"] == "success", view
    thread.join(10)
    assert statuses == [200]


def test_terminal_is_given_back(at_terminal):
    """When the lending command ends, the prompt on it goes, and the sign-in does not hang."""
    world, run = at_terminal()
    world.enroll()
    terminal = attend(world, run)
    page, thread, _ = carry_in_background(world)
    terminal.expect("Test app")
    terminal.close(force=True)
    view = page.poll()
    assert view["state"] == "failed", view
    thread.join(10)
    assert not thread.is_alive()


def test_without_a_terminal_the_person_is_told(make_world, make_agent, pinentry):
    """No display and no terminal: the sign-in fails at once and the log says what to run."""
    world = make_world(agent=make_agent(environment={"COUNTERSIGN_PINENTRY": shutil.which(pinentry)}), sign_in=SIGN_IN)
    page = world.page()
    page.begin()
    page.identify("alice")
    assert page.carry() is not None
    assert page.poll()["state"] == "failed"
    assert "agent attend" in world.agent.log()
