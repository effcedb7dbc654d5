# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The way of one sign-in, in real browsers."""

import threading
from pathlib import Path

import pytest
from harness import signin_page
from harness.agent import PORTS
from harness.http import Browserless


def claims_of(result):
    """The ID token's claims of an app's result."""
    assert "claims" in result, result
    return result["claims"]


def test_signs_in_with_consent(asking_world, browser):
    """The happy path: one prompt, and the app gets an ID token that an independent library verifies."""
    result = signin_page.sign_in(browser, asking_world.app, "alice")
    claims = claims_of(result)
    assert claims["preferred_username"] == "alice"
    assert claims["acr"] == "phr"
    assert "swk" in claims["amr"]
    confirmed = asking_world.person.shown("confirm")
    assert len(confirmed) == 1
    shown = confirmed[0]["desc"]
    for expected in ("Test organisation", "Test app", asking_world.verifier.issuer, "alice", "unverified"):
        assert expected in shown, shown


def test_no_thread_asks_to_come_before_other_programs(asking_world, chromium):
    """Dispatch names threads by what they ask for. Ordinary users may not have it, and each thread would log that."""
    claims_of(signin_page.sign_in(chromium, asking_world.app, "alice"))
    for daemon in (asking_world.agent.daemon, asking_world.verifier.daemon):
        tasks = Path(f"/proc/{daemon.process.pid}/task")
        names = [(task / "comm").read_text().strip() for task in tasks.iterdir()]
        assert not [name for name in names if name.endswith(("initiated-qos", "interactive-qos"))], names
        assert any(name.endswith("qos") for name in names), names


def test_signs_in_silently_where_no_mediation_is_asked(world, browser):
    """With `user_mediation = "NONE"` nobody is asked."""
    claims_of(signin_page.sign_in(browser, world.app, "alice"))
    assert world.person.shown() == []


def test_second_app_needs_no_second_sign_in(world, chromium):
    """The session at the verifier carries over, until the app asks for a fresh sign-in."""
    first = claims_of(signin_page.sign_in(chromium, world.app, "alice"))
    chromium.open(f"{world.app.origin}/login")
    chromium.wait_url(world.app.origin)
    second = claims_of(world.app.wait_for_result(2))
    assert second["auth_time"] == first["auth_time"]
    assert len(world.verifier.audit("user.authentication.auth_via_mfa") or []) <= 1


def test_declining_tells_the_person_and_opens_nothing(asking_world, browser):
    """The person says no: the page says so, the app gets nothing."""
    asking_world.person.will(consent="deny")
    signin_page.start(browser, asking_world.app, "alice")
    browser.wait_text("declined")
    assert asking_world.app.results == []
    assert len(asking_world.person.shown("confirm")) == 1


def test_closing_the_prompt_is_a_refusal(asking_world, chromium):
    """A prompt that is closed was not approved."""
    asking_world.person.will(consent="close")
    signin_page.start(chromium, asking_world.app, "alice")
    chromium.wait_text("declined")


def test_answer_within_half_a_second_does_not_count(asking_world):
    """A click that was meant for another window approves nothing."""
    asking_world.person.will(delay=0.0)
    page = asking_world.page()
    page.begin()
    page.identify("alice")
    answers = []
    carrier = threading.Thread(target=lambda: answers.append(page.carry()), daemon=True)
    carrier.start()
    asking_world.person.wait_for("answered")
    asking_world.person.will(delay=0.7, consent="deny")
    view = page.poll()
    assert view["state"] == "failed", view
    carrier.join(timeout=10)


@pytest.mark.long
def test_prompt_that_nobody_answers_times_out(asking_world, chromium):
    """Shortly before the challenge runs out the prompt goes, and the page says that nobody answered."""
    asking_world.person.will(consent="wait")
    signin_page.start(chromium, asking_world.app, "alice")
    asking_world.person.wait_for("confirm")
    chromium.wait_text("timedOut", timeout=310)
    assert asking_world.person.shown("answered") == []
    assert asking_world.app.results == []


def test_agent_that_does_not_run_is_explained(world, browser):
    """No agent on any port: the page says so and offers another try, which works once the agent runs."""
    world.agent.stop()
    signin_page.start(browser, world.app, "alice")
    browser.wait_text("agent", timeout=20)
    browser.wait_visible(signin_page.RETRY)
    world.agent.start()
    browser.click(signin_page.RETRY)
    browser.wait_url(world.app.origin)
    claims_of(world.app.wait_for_result())


def test_agent_killed_while_prompting_does_not_hang_the_page(asking_world, browser):
    """The agent dies while its prompt is open: the page says that something failed; the next try works."""
    asking_world.person.will(consent="wait")
    signin_page.start(browser, asking_world.app, "alice")
    asking_world.person.wait_for("confirm")
    asking_world.agent.kill()
    browser.wait_visible(signin_page.RETRY, 20)
    asking_world.person.will(consent="approve")
    asking_world.agent.start()
    browser.click(signin_page.RETRY)
    browser.wait_url(asking_world.app.origin)
    claims_of(asking_world.app.wait_for_result())


def test_wrong_pin_until_locked(make_world, chromium):
    """Each wrong PIN is told with the tries that are left; the last one locks the key for good, also over a restart."""
    world = make_world(
        enroll=("--user-verification",), sign_in={"user_verification": "REQUIRED", "user_mediation": "REQUIRED"}
    )
    claims = world.sign_in()
    assert "pin" in claims["amr"]
    before = len(world.person.shown("getpin"))
    world.person.will(pins=["000000"])
    signin_page.start(chromium, world.app, "alice")
    chromium.wait_visible(signin_page.RETRY, 30)
    tries = len(world.person.shown("getpin")) - before
    assert 3 <= tries <= 10
    assert world.app.results == []
    world.agent.restart()
    world.person.will(pins=["739156"])
    page = world.page()
    page.begin()
    page.identify("alice")
    page.carry()
    assert page.poll()["state"] == "failed"
    assert len(world.person.shown("getpin")) == before + tries, "a locked key asks for no PIN"


def test_pin_is_asked_and_right_after_a_wrong_one(make_world, browser):
    """One wrong PIN costs one try, and the right one signs in."""
    world = make_world(
        enroll=("--user-verification",), sign_in={"user_verification": "REQUIRED", "user_mediation": "REQUIRED"}
    )
    world.person.will(pins=["111111", "739156"])
    claims = claims_of(signin_page.sign_in(browser, world.app, "alice"))
    assert "pin" in claims["amr"]
    errors = [event.get("error") for event in world.person.shown("getpin")]
    assert any(errors), errors


def test_two_users_on_one_machine(make_world, make_agent, second_user, browser):
    """Two agents of two users: the page is answered 503 by the one and finds the other."""
    other = make_agent("other-users-agent", uid=second_user)
    other.start()
    assert other.port == PORTS[0]
    world = make_world(sign_in={"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"})
    assert world.agent.port == PORTS[1]
    world.verifier.add_user("bob")
    world.enroll(agent=other, user="bob")
    refused = Browserless().post_json(
        f"http://127.0.0.1:{other.port}/challenge",
        {"challengeRequest": "e30.e30.AA"},
        headers={"Origin": world.verifier.issuer},
    )
    assert refused.status == 503
    claims_of(signin_page.sign_in(browser, world.app, "alice"))
    assert other.person.shown() == []


def test_new_challenge_supersedes_the_open_one(asking_world, chromium):
    """The person starts over while a prompt is open: the old prompt goes, the new one counts."""
    asking_world.person.will(consent="wait")
    signin_page.start(chromium, asking_world.app, "alice")
    first = asking_world.person.wait_for("confirm")[0]
    signin_page.start(chromium, asking_world.app, "alice")
    asking_world.person.wait_for("confirm", 2)
    asking_world.person.will(consent="approve")
    chromium.wait_url(asking_world.app.origin)
    claims_of(asking_world.app.wait_for_result())
    answered = [event["pid"] for event in asking_world.person.shown("answered")]
    assert first["pid"] not in answered, "the superseded prompt was answered"


@pytest.mark.parametrize("width", [360, 1280])
def test_page_meets_its_own_rules(world, chromium, width):
    """No request to a third party, no script error, every field labelled, nothing wider than the window."""
    chromium.evaluate("window.resizeTo(arguments[0], 800)", width)
    chromium.open(f"{world.app.origin}/login")
    chromium.wait_visible(signin_page.IDENTIFIER)
    hosts = chromium.evaluate(
        "return performance.getEntriesByType('resource').map(e => new URL(e.name).origin)"
        ".filter(o => o !== location.origin);"
    )
    assert hosts == []
    unlabelled = chromium.evaluate(
        "return [...document.querySelectorAll('input:not([type=hidden])')]"
        ".filter(e => !e.labels.length && !e.ariaLabel).map(e => e.outerHTML);"
    )
    assert unlabelled == []
    assert chromium.evaluate("return document.documentElement.lang;")
    assert chromium.evaluate("return document.documentElement.scrollWidth <= innerWidth;")
    assert [line for line in chromium.console() if not line.startswith("chrome:")] == []
