# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Policies decide sign-ins, and what people may do with their own account."""

import json
import time

import pytest
from harness import signin_page
from harness.agent import DESKTOP
from harness.processes import wait_until

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
SCREEN = {
    "id": "screen", "name": "Screen", "platform": "LINUX", "screenLockType": {"include": ["PASSCODE", "BIOMETRIC"]}
}
GRACE = SCREEN | {"gracePeriod": {"type": "BY_DURATION", "expiry": "P7D"}}
DESKTOP_OF_KDE = DESKTOP | {"XDG_CURRENT_DESKTOP": "KDE", "XDG_SESSION_TYPE": "wayland"}
TOUCHLESS = {"possession": {"userPresence": "OPTIONAL"}}


def folder(place, name, *documents):
    """A folder of documents."""
    path = place / name
    path.mkdir(exist_ok=True)
    for document in documents:
        (path / f"{document['id']}.json").write_text(json.dumps(document))
    return str(path)


def rule(name, priority, access="ALLOW", conditions=None, **method):
    """A rule of an access policy."""
    action = {"access": access}
    if access == "ALLOW":
        action["verificationMethod"] = {"type": "ASSURANCE", "factorMode": "1FA", "constraints": [TOUCHLESS]} | method
    return {
        "id": f"rul{name}", "name": name, "priority": priority, "type": "ACCESS_POLICY", "status": "ACTIVE",
        "conditions": conditions or {}, "actions": {"appSignOn": action},
    }


def policy(name, *rules, kind="APP"):
    """An access policy."""
    return {
        "id": f"rst{name}", "name": name, "type": "ACCESS_POLICY", "conditions": None,
        "_embedded": {"resourceType": kind, "rules": list(rules)},
    }


def lock_screen(agent, is_on):
    """Sets the screen lock of the person's desktop."""
    settings = agent.directory / "home" / ".config"
    settings.mkdir(exist_ok=True)
    (settings / "kscreenlockerrc").write_text(
        f"[Daemon]\nAutolock={'true' if is_on else 'false'}\nTimeout=5\nLockOnResume=true\n"
    )


@pytest.fixture
def desktop_world(make_world, make_agent, place):
    """Makes a world whose agent has a desktop with a screen lock that can be set, and is off."""

    def make(*documents, assurance=None, **sections):
        agent = make_agent(environment=DESKTOP_OF_KDE)
        lock_screen(agent, False)
        directory = folder(place, "assurance", *documents)
        section = {"directory": directory} | (assurance or {})
        return make_world(agent=agent, sign_in=SILENT, assurance=section, **sections)

    return make


def test_what_fails_is_shown_mended_checked_again_and_let_in(desktop_world, browser):
    """A LINUX condition fails; the page says what to do; the person does it, and one click later is signed in."""
    world = desktop_world(SCREEN)
    signin_page.start(browser, world.app, "alice")
    browser.wait_visible("#view-remediation")
    assert "does not meet the security requirements" in browser.text("#title")
    assert browser.text("#remediation-list li")
    browser.click("#check-again")
    wait_until(lambda: len(world.verifier.audit("policy.evaluate_sign_on")) == 2, 15, what="the second look")
    browser.wait_visible("#check-again")
    time.sleep(1)
    assert world.app.results == []
    lock_screen(world.agent, True)
    browser.click("#check-again")
    browser.wait_url(world.app.origin)
    assert "claims" in world.app.wait_for_result()
    outcomes = [event["outcome"]["result"] for event in world.verifier.audit("policy.evaluate_sign_on")]
    assert outcomes == ["DENY", "DENY", "ALLOW"]


def test_grace_period_is_shown_with_its_day_and_a_way_on(desktop_world, chromium):
    """Within the grace period the person is told until when, and goes on by a click."""
    world = desktop_world(GRACE)
    signin_page.start(chromium, world.app, "alice")
    chromium.wait_visible("#skip")
    assert chromium.text("#title") == "Fix this soon"
    until = chromium.evaluate("return document.getElementById('remediation-until').dateTime")
    assert until > time.strftime("%Y-%m-%d", time.gmtime(time.time() + 6 * 86400))
    assert chromium.text("#skip") == "Continue to Test app"
    chromium.click("#skip")
    chromium.wait_url(world.app.origin)
    assert "claims" in world.app.wait_for_result()


def test_first_rule_that_matches_decides(desktop_world, place, chromium):
    """A compliant device needs no more; another is kept out by the last rule, and told what would help."""
    conditions = {"device": {"registered": True, "assurance": {"include": ["screen"]}}}
    rules = [rule("Rest", 2, "DENY"), rule("Compliant", 1, conditions=conditions)]
    world = desktop_world(
        SCREEN, policies={"directory": folder(place, "policies", policy("Apps", *rules)), "default": "rstApps"}
    )
    signin_page.start(chromium, world.app, "alice")
    chromium.wait_visible("#view-remediation")
    [event] = world.verifier.audit("policy.evaluate_sign_on")
    assert event["outcome"]["result"] == "DENY"
    assert "Rest" in event["debugContext"]["debugData"]["rule"]
    lock_screen(world.agent, True)
    chromium.click("#check-again")
    chromium.wait_url(world.app.origin)
    assert "claims" in world.app.wait_for_result()
    assert "Compliant" in world.verifier.audit("policy.evaluate_sign_on")[-1]["debugContext"]["debugData"]["rule"]


def test_policy_steps_up_to_a_security_key(world_with, security_key, place, chromium):
    """The file's key signs first; the rule wants hardware, and the same sign-in goes on with the security key."""
    world = world_with("--user-verification")
    code = world.verifier.code(world.user)
    world.agent.run("enroll", "--add-key", world.verifier.issuer, "--code", code, "--key", "fido2")
    possession = {"possession": {"userVerification": "REQUIRED", "hardwareProtection": "REQUIRED"}}
    document = policy("Apps", rule("Hardware", 1, constraints=[possession]))
    world.verifier.configure("policies", directory=folder(place, "policies", document), default="rstApps")
    world.verifier.configure("sign_in", **SILENT)
    world.verifier.restart()
    claims = signin_page.sign_in(chromium, world.app, "alice")["claims"]
    assert claims["acr"] == "phrh"
    assert "hwk" in claims["amr"]
    words = [event["debugContext"]["debugData"] for event in world.verifier.audit("policy.evaluate_sign_on")]
    steps = [word["verification"] for word in words]
    assert steps == ["due: hardwareProtection userVerification userPresence", "satisfied"]


def test_person_signs_in_again_after_the_time_of_the_rule(make_world, place, chromium):
    """Single sign-on lasts as long as the rule lets a proof count."""
    document = policy("Apps", rule("Often", 1, reauthenticateIn="PT6S"))
    world = make_world(
        sign_in=SILENT, policies={"directory": folder(place, "policies", document), "default": "rstApps"}
    )
    signed_in = time.monotonic()
    signin_page.sign_in(chromium, world.app, "alice")
    chromium.open(f"{world.app.origin}/login")
    chromium.wait_url(world.app.origin)
    assert len(world.app.results) == 2, "the session did not serve"
    time.sleep(max(0.0, 7 - (time.monotonic() - signed_in)))
    chromium.open(f"{world.app.origin}/login")
    chromium.wait_visible(signin_page.IDENTIFIER)
    assert len(world.app.results) == 2


def open_account(browser, world):
    """Opens the account page as its owner."""
    browser.open(f"{world.verifier.issuer}/account")
    signin_page.identify(browser, "alice")
    browser.wait_visible("#devices-section")


def test_account_page_changes_what_is_ones_own(make_world, browser):
    """The person renames their device, and is warned before they lock themselves out."""
    world = make_world(sign_in=SILENT)
    open_account(browser, world)
    assert not browser.visible("#code-section")
    browser.click(".device .actions button:first-child")
    browser.wait_visible("#dialog-name")
    browser.type("#dialog-name", "Work laptop")
    browser.click("#dialog-go")
    browser.wait_text("Work laptop", "#devices")
    browser.click(".device .actions button:last-child")
    browser.wait_text("last device", "#dialog-warning")
    browser.click("#dialog-go")
    assert browser.visible("#dialog"), "the person did not agree, and the dialog went away"
    browser.click("#dialog-cancel")
    assert len(world.verifier.enrollments("alice")) == 1
    browser.click(".device .actions button:last-child")
    browser.wait_visible("#dialog-agree")
    browser.click("#dialog-agree")
    browser.click("#dialog-go")
    browser.wait_visible(signin_page.IDENTIFIER)
    assert world.verifier.enrollments("alice") == []


def test_account_page_is_gated_by_the_account_management_policy(make_world, place, chromium):
    """What the policy does not allow is read-only; what it allows after a new proof is done after one."""
    allowed = rule(
        "Enroll", 1, conditions={"elCondition": {"condition": "accessRequest.operation == 'enroll'"}},
        reauthenticateIn="PT0S",
    )
    document = policy("Accounts", allowed, rule("Rest", 2, "DENY"), kind="END_USER_ACCOUNT_MANAGEMENT")
    world = make_world(sign_in=SILENT, policies={"directory": folder(place, "policies", document)})
    open_account(chromium, world)
    assert chromium.visible("#read-only")
    assert not chromium.evaluate("return document.querySelectorAll('.device button').length")
    chromium.click("#make-code")
    # The page knows whose proof it wants.
    chromium.wait_visible(signin_page.IDENTIFIER)
    chromium.click("#identify-form button[type=submit]")
    chromium.wait_visible("#devices-section")
    chromium.click("#make-code")
    chromium.wait_visible("#code-result")
    assert len(chromium.text("#code").replace("-", "")) == 24
