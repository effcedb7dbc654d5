# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Chromium's permission for loopback: the sign-in page stands in the public address space, over TLS."""

import json
from pathlib import Path

import pytest
from harness import signin_page
from harness.isolation import needs_root, own_folder

pytestmark = needs_root
POLICIES = Path("/etc/chromium/policies")
SIGN_IN = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}


@pytest.fixture
def managed_policy():
    """Lays down a managed policy, seen by this test process alone and gone with it."""
    def lay_down(**policy):
        (POLICIES / "managed" / "countersign.json").write_text(json.dumps(policy))

    with own_folder(POLICIES):
        (POLICIES / "managed").mkdir()
        yield lay_down


@pytest.fixture
def public_world(make_world, tls_identity):
    """A world whose verifier is `https://idp.test:port`."""
    return make_world(host=tls_identity.host, certificate=tls_identity.certificate, sign_in=SIGN_IN)


def open_public(open_browser, world):
    """A Chromium that takes the verifier's address for a public one."""
    return open_browser(
        "chromium", insecure=True, switches=[f"--ip-address-space-overrides=127.0.0.1:{world.verifier.port}=public"]
    )


def permission(browser, world):
    """What a page of the verifier reads as its permission for loopback."""
    browser.open(f"{world.verifier.issuer}/livez")
    return browser.evaluate_async(
        "navigator.permissions.query({name: 'loopback-network'}).then(s => done(s.state), e => done(String(e)));"
    )


def test_managed_policy_grants_loopback(public_world, open_browser, managed_policy):
    """With `LoopbackNetworkAllowedForUrls` the page signs in and nobody is asked."""
    managed_policy(LoopbackNetworkAllowedForUrls=[public_world.verifier.issuer])
    browser = open_public(open_browser, public_world)
    assert "claims" in signin_page.sign_in(browser, public_world.app, "alice")
    assert permission(browser, public_world) == "granted"


def test_denied_permission_is_explained(public_world, open_browser, managed_policy):
    """Blocked by policy: no packet reaches the agent, and the page says how to allow it."""
    managed_policy(LoopbackNetworkBlockedForUrls=[public_world.verifier.issuer])
    browser = open_public(open_browser, public_world)
    assert permission(browser, public_world) == "denied"
    signin_page.start(browser, public_world.app, "alice")
    browser.wait_text("site settings", timeout=30)
    assert public_world.app.results == []


def test_page_explains_before_the_browser_asks(public_world, open_browser, managed_policy):
    """Not yet answered: the page first says why the browser will ask, and waits for the person."""
    browser = open_public(open_browser, public_world)
    assert permission(browser, public_world) == "prompt"
    signin_page.start(browser, public_world.app, "alice")
    browser.wait_text("allow", timeout=30)
    assert public_world.app.results == []
