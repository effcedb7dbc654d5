# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Modes of device assurance: what somebody sees whose device fails, and what the audit log tells."""

import time
from datetime import datetime, timezone

import pytest
from harness import signin_page
from harness.processes import wait_until
from harness.verifier import Client
from test_policies import GRACE, SCREEN, desktop_world, folder, policy, rule  # noqa: F401

WEEK = GRACE | {"id": "week"}
DATE = SCREEN | {"id": "date", "gracePeriod": {"type": "BY_DATE_TIME", "expiry": "2099-01-01T12:00:00Z"}}
OVER = SCREEN | {"id": "over", "gracePeriod": {"type": "BY_DATE_TIME", "expiry": "2020-01-01T00:00:00Z"}}
HIDDEN = {"displayRemediationMode": "HIDE"}
UNMET = "idx.error.code.access_denied.device_assurance.remediation.linux.use_lock_screen"

# What somebody sees by the mode, the policy that their device fails, and whether it says what is missing.
MODES = {
    "report": ("REPORT", SCREEN, "nothing"),
    "notify": ("NOTIFY", SCREEN, "notice"),
    "notify, hidden": ("NOTIFY", SCREEN | HIDDEN, "notice"),
    "warn, for a week": ("WARN_THEN_BLOCK", WEEK, "warning"),
    "warn, until a date": ("WARN_THEN_BLOCK", DATE, "warning"),
    "warn, until a date, hidden": ("WARN_THEN_BLOCK", DATE | HIDDEN, "warning"),
    "warn, after the date": ("WARN_THEN_BLOCK", OVER, "refusal"),
    "warn, without grace": ("WARN_THEN_BLOCK", SCREEN, "refusal"),
    "block, before the date": ("BLOCK", DATE, "refusal in spite of grace"),
    "block, hidden": ("BLOCK", SCREEN | HIDDEN, "refusal"),
}
LEADS = {
    "notice": "You can go on. Your organisation asks you to fix this on this computer:",
    "warning": "You can go on for now. After the date below this device is let in only when this is fixed.",
    "refusal": "To sign in, change the following and try again.",
    "refusal in spite of grace": "To go on, fix this on this computer, then check again:",
}


class Page:
    """What the page says of a device that fails."""

    def __init__(self, browser):
        browser.wait_visible("#view-remediation")
        self.title = browser.text("#title")
        self.lead = browser.text("#remediation-text")
        self.steps = browser.evaluate(
            "return [...document.querySelectorAll('#remediation-list li')].map((item) => item.innerText)"
        )
        self.help = browser.text("#remediation-help")
        self.goes_on = browser.visible("#skip")
        self.gives_up = browser.visible("#remediation-back")
        self.due = None
        if browser.visible("#remediation-due"):
            self.due = browser.evaluate("return document.getElementById('remediation-until').dateTime")
            self.due_in_words = browser.text("#remediation-due")

    def agrees(self, seen, is_hidden):
        """Whether it says what it has to."""
        lets_in = not seen.startswith("refusal")
        title = "Fix this soon" if lets_in else "This device does not meet the security requirements"
        assert self.title == title
        lead = LEADS[seen]
        if is_hidden and not lets_in:
            lead = "Ask your administrator what this device is missing."
        assert self.lead == lead
        assert (self.goes_on, self.gives_up) == (lets_in, not lets_in)
        assert (self.due is not None) == (seen == "warning")
        assert "Ask your administrator" in self.help
        if is_hidden:
            assert self.steps == []
        else:
            [step] = self.steps
            assert step.startswith("Let the screen lock by itself after a time without use")


def last_second(due):
    """The time that the page names, as the audit log writes it."""
    return str(int(datetime.strptime(due, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()))


def pass_the_page(browser, world, seen, is_hidden):
    """Signs in as far as one is let, and answers what the page said; nothing where it said nothing."""
    signin_page.start(browser, world.app, "alice")
    page = None
    if seen != "nothing":
        page = Page(browser)
        page.agrees(seen, is_hidden)
        assert world.app.results == []
        if not page.goes_on:
            assert world.verifier.audit("user.session.start") == []
            return page
        browser.click("#skip")
    # Where nothing is said, nobody has to click anything.
    browser.wait_url(world.app.origin)
    assert "claims" in world.app.wait_for_result()
    wait_until(lambda: world.verifier.audit("user.session.start"), what="the session in the audit log")
    return page


def decided(world, seen):
    """What the audit log tells of the one decision that there was."""
    [event] = wait_until(lambda: world.verifier.audit("policy.evaluate_sign_on"), what="the decision in the audit log")
    assert event["outcome"]["result"] == ("DENY" if seen.startswith("refusal") else "ALLOW")
    return event["debugContext"]["debugData"], event["outcome"].get("reason")


@pytest.mark.parametrize("name", MODES)
def test_mode_decides_what_is_seen_and_logged(name, desktop_world, chromium):  # noqa: F811
    """Let in without a word, told, warned until a day, or kept out; the log has also what is hidden."""
    mode, document, seen = MODES[name]
    world = desktop_world(document, assurance={"mode": mode})
    page = pass_the_page(chromium, world, seen, "displayRemediationMode" in document)
    data, reason = decided(world, seen)
    assert data["mode"] == mode
    assert data["unmet"] == f"{document['id']}: {UNMET}"
    is_refused = seen.startswith("refusal")
    assert reason == ("The device does not meet the security requirements" if is_refused else None)
    assert ("gracePeriodUntil" in data) == ("gracePeriod" in document and document is not OVER)
    if seen != "warning":
        return
    assert data["gracePeriodUntil"] == last_second(page.due)
    if document["gracePeriod"]["type"] == "BY_DATE_TIME":
        assert page.due == "2099-01-01T12:00:00.000Z"
        assert "2099" in page.due_in_words
    else:
        # A week from the first time on; the test may have been slow.
        assert 0 <= time.time() + 7 * 86400 - int(data["gracePeriodUntil"]) < 600


def test_mode_of_an_app_stands_before_that_of_all(desktop_world, chromium):  # noqa: F811
    """An app that only has failures reported lets in whom the others keep out."""
    client = Client(extra={"assurance_mode": "REPORT"})
    world = desktop_world(SCREEN, client=client, assurance={"mode": "BLOCK"})
    pass_the_page(chromium, world, "nothing", False)
    assert decided(world, "nothing")[0]["mode"] == "REPORT"


@pytest.mark.parametrize(
    ("mode", "document", "seen"),
    [
        ("REPORT", SCREEN, "nothing"),
        ("NOTIFY", SCREEN, "notice"),
        ("WARN_THEN_BLOCK", DATE, "warning"),
        ("BLOCK", DATE, "refusal in spite of grace"),
    ],
    ids=["report", "notify", "warn", "block"],
)
def test_mode_counts_in_a_rule(mode, document, seen, desktop_world, place, chromium):  # noqa: F811
    """A rule for compliant devices lets in whom the mode lets pass; the log tells by which rule it was decided."""
    conditions = {"device": {"registered": True, "assurance": {"include": [document["id"]]}}}
    rules = [rule("Compliant", 1, conditions=conditions), rule("Rest", 2, "DENY")]
    directory = folder(place, "policies", policy("Apps", *rules))
    world = desktop_world(
        document, assurance={"mode": mode}, policies={"directory": directory, "default": "rstApps"}
    )
    page = pass_the_page(chromium, world, seen, False)
    data, _ = decided(world, seen)
    assert ("Rest" if seen.startswith("refusal") else "Compliant") in data["rule"]
    until = {"notice": "none", "warning": last_second(page.due) if page and page.due else None}.get(seen)
    assert data.get("gracePeriodUntil") == until
