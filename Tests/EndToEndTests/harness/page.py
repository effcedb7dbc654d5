# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The sign-in page's part of a sign-in, without a browser: for tests that need many, or an odd one."""

import time
from urllib.parse import urlsplit

from .agent import PORTS
from .http import Browserless


class SignInWithoutBrowser:
    """Walks one sign-in as the page's script does, up to the redirect to the app."""

    def __init__(self, authorize_url, jar=None, loopback_host="127.0.0.1"):
        self.http = jar or Browserless()
        parts = urlsplit(authorize_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.loopback_host = loopback_host
        self.authorize_url = authorize_url
        self.view = None
        self.query = ""

    def call(self, path, body=None):
        """Calls the page's interface of the verifier."""
        answer = self.http.post_json(
            f"{self.origin}{path}?{self.query}", body or {}, headers={"Origin": self.origin, "X-Countersign": "1"}
        )
        assert answer.status == 200, (path, answer.status, answer.text)
        self.view = answer.json()
        return self.view

    def begin(self):
        """Opens the authorization endpoint and asks where the sign-in stands."""
        answer = self.http.get(self.authorize_url)
        assert answer.status in (302, 303), (answer.status, answer.text)
        if answer.location.startswith(f"{self.origin}/signin"):
            self.query = urlsplit(answer.location).query
            page = self.http.get(answer.location)
            assert page.status == 200, (page.status, page.text)
            self.call("/idp/idx/introspect")
        return answer

    def identify(self, username):
        """Says who signs in."""
        return self.call("/idp/idx/identify", {"identifier": username, "rememberMe": False})

    @property
    def challenge(self):
        """The challenge that the page is to carry."""
        return self.view["challenge"]["challengeRequest"]

    def post_challenge(self, port, challenge=None, origin=None, timeout=60, jar=None):
        """Posts the challenge to an agent's port as a browser would."""
        return (jar or Browserless()).post_json(
            f"http://{self.loopback_host}:{port}/challenge",
            {"challengeRequest": challenge or self.challenge},
            headers={"Origin": origin or self.origin},
            timeout=timeout,
        )

    def carry(self, ports=None):
        """Carries the challenge to the agents in turn; answers the last status, or None where none answered."""
        status = None
        for port in ports or PORTS:
            try:
                probe = Browserless().get(
                    f"http://{self.loopback_host}:{port}/probe", headers={"Origin": self.origin}, timeout=5
                )
            except OSError:
                continue
            if probe.status != 200:
                continue
            status = self.post_challenge(port).status
            if status != 503:
                return status
        return status

    def poll(self, until=lambda view: view["state"] != "challenge", timeout=20):
        """Polls until the sign-in stands elsewhere."""
        deadline = time.monotonic() + timeout
        while True:
            view = self.call("/idp/idx/authenticators/poll")
            if until(view) or time.monotonic() > deadline:
                return view
            time.sleep(0.05)

    def follow(self, limit=6):
        """Follows redirects to the first place outside the verifier and answers its URL."""
        url = self.view["redirect"]
        if url.startswith("/"):
            url = self.origin + url
        for _ in range(limit):
            if not url.startswith(self.origin + "/"):
                return url
            answer = self.http.get(url)
            assert answer.status in (302, 303), (answer.status, answer.text)
            url = answer.location
        raise RuntimeError("too many redirects")

    def complete(self, username, ports=None):
        """The whole sign-in; answers the URL at the app that the browser is sent to."""
        self.begin()
        self.identify(username)
        status = self.carry(ports)
        assert status == 200, f"the agent answered {status}"
        view = self.poll()
        assert view["state"] == "success", view
        return self.follow()
