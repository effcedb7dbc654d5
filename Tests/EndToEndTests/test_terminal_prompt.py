# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Real pinentry programs on a pseudo-terminal that `agent attend` lends."""

import shutil
import threading

import pexpect
import pytest

SIGN_IN = {"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"}


@pytest.fixture(params=["pinentry-curses", "pinentry-tty"])
def pinentry(request):
    """Each terminal pinentry of the distribution."""
    program = shutil.which(request.param)
    if not program:
        pytest.skip(f"{request.param} is not installed")
    return program


@pytest.fixture
def attended(make_world, make_agent, pinentry):
    """A world whose agent asks through a real pinentry, and a terminal that waits."""
    terminals = []

    def make(enroll=(), **sign_in):
        agent = make_agent(environment={"COUNTERSIGN_PINENTRY": pinentry})
        world = make_world(agent=agent, enroll=None, sign_in=SIGN_IN | sign_in)
        terminal = pexpect.spawn(
            str(agent.program), ["attend"], env=agent.environment | {"TERM": "xterm"}, cwd=str(agent.directory),
            dimensions=(40, 120), timeout=20, encoding="utf-8", codec_errors="replace")
        terminals.append(terminal)
        terminal.expect("(?i)(wait|attend|prompt)")
        return world, terminal

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


def press(terminal, pinentry, approve):
    """Chooses a button as a person would."""
    if pinentry.endswith("tty"):
        terminal.send("y" if approve else "n")
        return
    terminal.send("\t" if approve else "")
    terminal.send("\r")


def test_declining_by_the_default_button(attended, pinentry):
    """What is preselected is No: the return key alone refuses."""
    world, terminal = attended()
    world.enroll()
    page, thread, _ = carry_in_background(world)
    terminal.expect("Test app")
    terminal.expect(world.verifier.issuer.split("://")[1])
    threading.Event().wait(1.2)
    terminal.send("\r" if pinentry.endswith("curses") else "n\r")
    view = page.poll()
    assert view["state"] == "failed" and view["failure"] == "declined", view
    thread.join(10)


def test_pin_typed_at_the_terminal(attended, pinentry):
    """Enrolment asks for a new PIN twice, a sign-in for the PIN once, both at the lent terminal."""
    world, terminal = attended(user_verification="REQUIRED")
    enrolling = threading.Thread(target=lambda: world.enroll("--user-verification"), daemon=True)
    enrolling.start()
    for _ in range(2):
        terminal.expect("(?i)PIN")
        threading.Event().wait(1.0)
        terminal.send("739156\r")
    enrolling.join(20)
    assert not enrolling.is_alive()
    page, thread, statuses = carry_in_background(world)
    terminal.expect("(?i)PIN")
    threading.Event().wait(1.2)
    terminal.send("739156\r")
    view = page.poll()
    assert view["state"] == "success", view
    thread.join(10)
    assert statuses == [200]


def test_without_a_terminal_the_person_is_told(make_world, make_agent, pinentry):
    """No display and no terminal: the sign-in fails at once and says what to run."""
    world = make_world(agent=make_agent(environment={"COUNTERSIGN_PINENTRY": pinentry}), sign_in=SIGN_IN)
    page = world.page()
    page.begin()
    page.identify("alice")
    assert page.carry() is not None
    assert page.poll()["state"] == "failed"
    assert "agent attend" in world.agent.log()
