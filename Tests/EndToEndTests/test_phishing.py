# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A page on another origin relays a genuine challenge through the victim's own browser."""

import json

import pytest
from harness import signin_page
from harness.processes import wait_until


def phishing_events(verifier, origin):
    """The audit log's events about an origin that an agent has signed for."""
    return [
        event
        for event in verifier.audit("user.authentication.auth_via_mfa")
        if event["debugContext"]["debugData"].get("origin") == origin
        and "signature" not in event["debugContext"]["debugData"]
    ]


@pytest.mark.parametrize("generation", [2, 3])
def test_relayed_challenge_is_refused_and_reported(asking_world, make_widget_host, browser, recorder, generation):
    """403, no prompt, no signals; the audit log names the origin; the honest page's attempt afterwards works."""
    phisher = make_widget_host()
    assert phisher.origin != asking_world.verifier.issuer
    phisher.begin(asking_world.app.authorize_url(), "alice")
    done = phisher.run(browser, generation)
    assert (
        done["outcome"] == {"cancelled": "OV_RETURNED_ERROR", "statusCode": 403, "answer": "failed"}
        or done["outcome"]["statusCode"] == 403
    ), done
    assert asking_world.person.shown() == [], "a prompt was opened for a phishing page"
    wait_until(
        lambda: phishing_events(asking_world.verifier, phisher.origin), what="the phishing page in the audit log"
    )
    view = phisher.sign_in.call("/idp/idx/authenticators/poll")
    assert view["state"] == "failed", view
    result = signin_page.sign_in(browser, asking_world.app, "alice")
    assert "claims" in result, result


def test_report_carries_no_signals(make_world, make_widget_host, chromium, recorder):
    """What the agent sends about a phishing page: the refusal and the origin, signed by the client instance key."""
    from joserfc import jws

    world = make_world(
        enroll=None,
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"},
        issuer=f"http://localhost:{recorder.port}",
        proxies={"trusted": ["127.0.0.1/32"]},
    )
    recorder.start(world.verifier.port)
    world.enroll()
    phisher = make_widget_host()
    phisher.begin(world.app.authorize_url(), "alice")
    assert phisher.run(chromium, 3)["outcome"]["statusCode"] == 403
    report = json.loads(recorder.wait_for("POST", "/verify")[0].body)["challengeResponse"]
    claims = json.loads(jws.extract_compact(report.encode()).payload)
    assert claims["challengeResponseContext"]["userConsent"] == "PHISHING_DETECTED"
    assert claims["challengeResponseContext"]["originHeader"] == phisher.origin
    assert claims["keyType"] == "clientInstance"
    assert set(claims["deviceSignals"]) == {"id", "clientInstanceId"}


def test_challenge_used_by_a_phisher_is_not_burnt(asking_world):
    """The honest page may carry the very challenge that a phisher tried before, while its sign-in lasts."""
    page = asking_world.page()
    page.begin()
    page.identify("alice")
    refused = page.post_challenge(asking_world.agent.port, origin="https://id.example.net")
    assert refused.status == 403
    honest = page.post_challenge(asking_world.agent.port)
    assert honest.status in (200, 502), honest.text
    assert len(asking_world.person.shown("confirm")) == 1, "the honest page's challenge opened no prompt"
