# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""
A sign-in page of another maker on another origin: its server holds the sign-in and serves the widget's algorithm.

Honest or not is for the verifier's configuration to say: the same page plays the phisher.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .isolation import free_port
from .page import SignInWithoutBrowser
from .processes import wait_until


class WidgetHost:
    """Serves `/?generation=2|3` with the challenge of a sign-in that it started itself."""

    def __init__(self, host="localhost", port=None):
        self.port = port or free_port()
        self.origin = f"http://{host}:{self.port}"
        self.sign_in = None
        self.requests = []
        self._server = None
        self._lock = threading.Lock()

    def start(self):
        """Starts serving."""
        host = self
        script = Path(__file__).with_name("widget.js").read_text()

        class Handler(BaseHTTPRequestHandler):
            """Serves the page and what it calls."""

            protocol_version = "HTTP/1.1"

            def do_GET(self):
                """Serves the page and its script."""
                if self.path == "/widget.js":
                    self._send("text/javascript", script)
                elif self.path.startswith("/?generation="):
                    settings = {"generation": int(self.path[-1]), "state": host.idx(host.sign_in.view)}
                    text = json.dumps(settings).replace("<", "\\u003c")
                    self._send(
                        "text/html",
                        "<!doctype html><title>Sign in</title><body>"
                        f"<script id=settings type=application/json>{text}</script>"
                        "<script src=/widget.js></script>",
                    )
                else:
                    self._send("text/plain", "")

            def do_POST(self):
                """Passes the page's calls on to the verifier."""
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with host._lock:
                    host.requests.append((self.path, body))
                    if self.path.endswith("/cancel"):
                        view = host.sign_in.call(
                            "/idp/idx/authenticators/poll/cancel",
                            {"reason": body["reason"], "statusCode": body["statusCode"]},
                        )
                    else:
                        view = host.sign_in.call("/idp/idx/authenticators/poll")
                self._send("application/json", json.dumps(host.idx(view)))

            def _send(self, kind, text):
                data = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                """Stays quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        """Stops serving."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def begin(self, authorize_url, username):
        """Starts a sign-in at the verifier, as the page's own server."""
        self.sign_in = SignInWithoutBrowser(authorize_url)
        self.sign_in.begin()
        view = self.sign_in.identify(username)
        assert view["state"] == "challenge", view
        return self.sign_in

    @staticmethod
    def idx(view):
        """A view in the shape that the widget reads."""
        if view["state"] != "challenge":
            return {"outcome": view["state"], "failure": view.get("failure"), "refresh": 0}
        return {
            "stateHandle": "held-by-the-server",
            "refresh": view["refresh"],
            "authenticatorChallenge": {"type": "object", "value": view["challenge"]},
        }

    def run(self, browser, generation, timeout=40):
        """Opens the page in a browser, waits until it is through, and answers what it did."""
        browser.open(f"{self.origin}/?generation={generation}")
        wait_until(
            lambda: browser.evaluate("return window.widget && window.widget.done;"),
            timeout,
            0.1,
            lambda: f"the widget: {browser.evaluate('return JSON.stringify(window.widget);')}",
        )
        return browser.evaluate("return window.widget;")
