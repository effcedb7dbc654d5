# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The Sign-In Widget's algorithm, both generations, from a page of its own on another origin."""

import pytest
from harness import signin_page
from harness.processes import wait_until

MEDIATIONS = {"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"}


@pytest.fixture
def host(make_widget_host):
    """A page of another maker."""
    return make_widget_host()


@pytest.fixture
def widget_world(make_world, host):
    """A world whose verifier lets that page carry challenges."""
    return make_world(sign_in=MEDIATIONS, loopback={"allowed_origins": [host.origin]})


@pytest.mark.parametrize("generation", [2, 3])
class TestWidget:
    """Both generations of the algorithm."""

    def test_signs_in(self, widget_world, host, browser, generation):
        """Probe, challenge, poll: the sign-in succeeds and the agent saw the page's own origin."""
        host.begin(widget_world.app.authorize_url(), "alice")
        done = host.run(browser, generation)
        assert done["outcome"] == "success", done
        assert host.origin in widget_world.person.shown("confirm")[0]["desc"]
        assert "claims" in widget_world.app.finish_url(finish(host))

    def test_declined_counts_as_delivered(self, widget_world, host, chromium, generation):
        """A refusal is answered 200: the widget polls and learns it from the server."""
        widget_world.person.will(consent="deny")
        host.begin(widget_world.app.authorize_url(), "alice")
        done = host.run(chromium, generation)
        assert done["outcome"] == "failed", done
        assert any(step.startswith("challenge") and step.endswith("200") for step in done["steps"]), done
        assert not any(step.startswith("cancel") for step in done["steps"]), done

    def test_unreachable_is_reported(self, widget_world, host, chromium, generation):
        """No agent: every port is tried, then the widget cancels with its reason."""
        widget_world.agent.stop()
        host.begin(widget_world.app.authorize_url(), "alice")
        done = host.run(chromium, generation)
        assert done["outcome"]["cancelled"] == "OV_UNREACHABLE_BY_LOOPBACK", done
        assert done["outcome"]["statusCode"] is None

    def test_other_users_agent_is_passed_over(self, widget_world, host, chromium, make_agent, second_user, generation):
        """Another user's agent on the first port is no agent for this page; the right one is on the second."""
        widget_world.agent.stop()
        other = make_agent("other", uid=second_user).start()
        widget_world.agent.start()
        assert other.port < widget_world.agent.port
        host.begin(widget_world.app.authorize_url(), "alice")
        done = host.run(chromium, generation)
        assert done["outcome"] == "success", done
        assert not any(step.startswith(f"challenge {other.port} 2") for step in done["steps"]), done
        assert other.person.shown() == []

    def test_used_challenge_is_reported_with_its_status(self, widget_world, host, chromium, generation):
        """A challenge that another origin's page used up: 401 stops the widget."""
        sign_in = host.begin(widget_world.app.authorize_url(), "alice")
        own = sign_in.post_challenge(widget_world.agent.port, origin=host.origin)
        assert own.status == 200
        wait_until(lambda: widget_world.person.shown("answered"), what="the prompt's answer")
        again = sign_in.post_challenge(widget_world.agent.port)
        assert again.status in (200, 401, 502)
        done = host.run(chromium, generation)
        assert done["done"]

    def test_second_challenge_of_one_sign_in_is_answered(self, widget_world, host, chromium, generation):
        """A poll brings another challenge while the first one's prompt is open: it supersedes, and is answered."""
        widget_world.person.will(consent="wait")
        sign_in = host.begin(widget_world.app.authorize_url(), "alice")
        chromium.open(f"{host.origin}/?generation={generation}")
        widget_world.person.wait_for("confirm")
        first = sign_in.challenge
        sign_in.call("/idp/idx/challenge/retry")
        assert sign_in.challenge != first
        widget_world.person.wait_for("confirm", 2)
        widget_world.person.will(consent="approve")
        wait_until(lambda: chromium.evaluate("return window.widget.done;"), 20, 0.1, "the widget")
        done = chromium.evaluate("return window.widget;")
        assert done["outcome"] == "success", done
        assert "new challenge" in done["steps"]


def finish(host):
    """Follows the sign-in of a page's server to the app."""
    host.sign_in.call("/idp/idx/introspect")
    return host.sign_in.follow()


def test_own_page_works_beside_the_widget(widget_world, chromium):
    """The verifier's own page is allowed always."""
    assert "claims" in signin_page.sign_in(chromium, widget_world.app, "alice")
