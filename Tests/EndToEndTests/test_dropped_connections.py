# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The connection between page and agent drops while the person decides."""

import threading

import pytest
from harness import signin_page
from harness.isolation import needs_root
from harness.processes import wait_until
from harness.resetting import ConnectionCutter


@pytest.fixture
def cutter(asking_world):
    """What resets the agent's connections."""
    made = ConnectionCutter(asking_world.agent.port)
    yield made
    made.close()


@needs_root
def test_browser_sends_again_and_joins(asking_world, browser, cutter):
    """The browser re-sends the challenge on a new connection: one prompt, one response, one sign-in."""
    asking_world.person.will(consent="wait")
    signin_page.start(browser, asking_world.app, "alice")
    asking_world.person.wait_for("confirm")
    assert cutter.cut() > 0
    threading.Event().wait(1.0)
    asking_world.person.will(consent="approve")
    browser.wait_url(asking_world.app.origin)
    assert "claims" in asking_world.app.wait_for_result()
    assert len(asking_world.person.shown("confirm")) == 1


def test_same_challenge_twice_is_one_prompt_and_one_answer(asking_world):
    """Posted twice at once from one origin: both get the one answer."""
    asking_world.person.will(consent="wait")
    page = asking_world.page()
    page.begin()
    page.identify("alice")
    statuses = []

    def post():
        statuses.append(page.post_challenge(asking_world.agent.port).status)

    threads = [threading.Thread(target=post, daemon=True) for _ in range(2)]
    threads[0].start()
    asking_world.person.wait_for("confirm")
    threads[1].start()
    threading.Event().wait(0.5)
    asking_world.person.will(consent="approve")
    for thread in threads:
        thread.join(timeout=15)
    assert statuses == [200, 200]
    assert len(asking_world.person.shown("confirm")) == 1
    assert page.poll()["state"] == "success"


def test_answer_is_given_again_shortly_after(world):
    """The same challenge posted again after its answer: the same answer, no second response."""
    page = world.page()
    page.begin()
    page.identify("alice")
    assert page.post_challenge(world.agent.port).status == 200
    assert page.post_challenge(world.agent.port).status == 200
    assert page.poll()["state"] == "success"


def test_prompt_is_withdrawn_when_the_page_goes_away(asking_world):
    """Nobody waits for the answer any more: the prompt goes after a short grace."""
    asking_world.person.will(consent="wait")
    page = asking_world.page()
    page.begin()
    page.identify("alice")
    with pytest.raises(OSError):
        page.post_challenge(asking_world.agent.port, timeout=2)
    started = asking_world.person.shown("started")
    assert len(started) == 1

    def gone():
        try:
            with open(f"/proc/{started[0]['pid']}/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    wait_until(gone, 20, what="the prompt to go")
    assert asking_world.person.shown("answered") == []
