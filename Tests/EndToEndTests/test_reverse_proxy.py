# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The verifier behind nginx and Caddy, set up as the documentation says."""

import pytest
from harness import reverse_proxies
from harness.http import Browserless
from harness.isolation import needs_root
from harness.page import SignInWithoutBrowser

pytestmark = needs_root
FOREIGN = "203.0.113.9"
PROXIES = {"nginx": reverse_proxies.Nginx, "caddy": reverse_proxies.Caddy}


class Forger(Browserless):
    """A browser that says of itself that it speaks for another."""

    def request(self, method, url, body=None, headers=None, timeout=30):
        headers = {**(headers or {}), "X-Forwarded-For": FOREIGN, "X-Real-IP": FOREIGN, "Forwarded": f"for={FOREIGN}"}
        return super().request(method, url, body, headers, timeout)


@pytest.fixture(params=PROXIES)
def proxied(request, tls_identity, make_verifier, place):
    """A verifier on the loopback behind a proxy that speaks TLS."""
    if not reverse_proxies.program(request.param):
        pytest.skip(f"{request.param} is not installed")
    verifier = make_verifier(
        issuer=f"https://{tls_identity.host}",
        port=reverse_proxies.PORT,
        proxies={"trusted": ["127.0.0.1"]},
        metrics={"port": 9100},
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
    )
    proxy = PROXIES[request.param](place / request.param, tls_identity)
    yield verifier, proxy
    proxy.stop()


def test_person_signs_in_through_the_proxy(proxied, make_agent, make_app):
    """Discovery, enrolment and sign-in go through; an address that the browser makes up counts nowhere."""
    verifier, proxy = proxied
    app = make_app(verifier)
    verifier.start()
    proxy.start()
    http = Browserless(certificate_authority=proxy.identity.certificate.authority)
    document = http.get(f"{verifier.issuer}/.well-known/openid-configuration").json()
    assert document["issuer"] == verifier.issuer
    assert all(value.startswith(verifier.issuer) for key, value in document.items() if key.endswith("_endpoint"))
    assert http.get(f"{verifier.issuer}/readyz").json()["status"] == "ready"
    page = http.get(f"{verifier.issuer}/signin")
    assert "max-age" in page.headers["Strict-Transport-Security"] and page.headers["Content-Security-Policy"]

    verifier.add_user("alice")
    agent = make_agent()
    agent.enroll(verifier.issuer, verifier.code("alice"))
    agent.start()
    result = app.finish_url(SignInWithoutBrowser(app.authorize_url(), jar=Forger()).complete("alice"))
    assert "claims" in result, result
    addresses = {event["client"]["ipAddress"] for event in verifier.audit() if event.get("client")}
    assert verifier.audit("user.session.start") and addresses == {"127.0.0.1"}, addresses


def test_proxy_is_what_keeps_made_up_addresses_out(proxied):
    """Without the proxy the same header would be believed of this machine: the test above sees something."""
    verifier, proxy = proxied
    verifier.start()
    proxy.start()
    target = "/oauth2/v1/authorize?client_id=nobody"
    Forger().get(f"http://127.0.0.1:{verifier.port}{target}")
    Forger().get(f"{verifier.issuer}{target}")
    addresses = [event["client"]["ipAddress"] for event in verifier.audit() if event.get("client")]
    assert addresses == [FOREIGN, "127.0.0.1"], addresses


def test_plain_http_leads_to_https_and_metrics_stay_inside(proxied):
    """Port 80 redirects, `/metrics` is not there, and a body too long is refused."""
    verifier, proxy = proxied
    verifier.start()
    proxy.start()
    plain = Browserless().get(f"http://{proxy.identity.host}/livez?x=1")
    assert plain.status in (301, 308) and plain.location == f"{verifier.issuer}/livez?x=1", plain.location
    assert Browserless().get(f"{verifier.issuer}/metrics").status == 404
    assert Browserless().get("http://127.0.0.1:9100/metrics").status == 200
    try:
        answer = Browserless().request(
            "POST",
            f"{verifier.issuer}/oauth2/v1/token",
            body=b"a=" + b"b" * (300 * 1024),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        # Who notices first is a race: the verifier hangs up on what is too long, which to a proxy is a bad gateway.
        assert answer.status in (400, 413, 502), answer.status
    except ConnectionError:
        pass
    assert Browserless().get(f"{verifier.issuer}/livez").status == 200
