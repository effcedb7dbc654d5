# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A relying party that nobody here wrote signs in: Apache with mod_auth_openidc."""

import pytest

from harness import apache, signin_page
from harness.verifier import Client

pytestmark = pytest.mark.skipif(
    not (apache.PROGRAM and apache.MODULE.exists()), reason="Apache with mod_auth_openidc is not installed")


@pytest.fixture
def guarded(make_world, place):
    """A world whose verifier guards a page of Apache's."""
    servers = []

    def make(**extra):
        world = make_world(sign_in={"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"})
        client = Client(id="apache", name="Guarded pages", secret="another-secret-of-the-tests-0123456789", extra=extra)
        server = apache.Apache(place / "apache", world.verifier, client)
        world.verifier.restart()
        servers.append(server.start())
        return world, server

    yield make
    for server in servers:
        server.stop()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_guarded_page_opens_after_a_sign_in(guarded, browser, algorithm):
    """The browser asks for the page, signs in with one prompt, and gets the page under the person's name."""
    world, server = guarded(id_token_signed_response_alg=algorithm)
    browser.open(f"{server.origin}/secure/index.shtml")
    signin_page.identify(browser, "alice")
    browser.wait_url(f"{server.origin}/secure/index.shtml")
    browser.wait_text("alice", "#who")
    assert "swk" in browser.text("#amr")
    assert "Guarded pages" in world.person.shown("confirm")[0]["desc"]


def test_signing_out_ends_the_session(guarded, chromium):
    """RP-initiated logout leads back to the app, and the next visit signs in anew."""
    world, server = guarded()
    chromium.open(f"{server.origin}/secure/index.shtml")
    signin_page.identify(chromium, "alice")
    chromium.wait_text("alice", "#who")
    chromium.open(f"{server.origin}/secure/redirect?logout={server.origin}/goodbye.html")
    chromium.wait_url(f"{server.origin}/goodbye.html")
    chromium.open(f"{server.origin}/secure/index.shtml")
    chromium.wait_url(world.verifier.issuer)
