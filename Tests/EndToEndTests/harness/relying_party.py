# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""An app that signs people in by OpenID Connect, checked by a JOSE library that the product does not use."""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from .http import Browserless
from .isolation import free_port
from .processes import wait_until


class RelyingParty:
    """An OpenID Connect client with a page: `/login` starts, `/callback` ends a sign-in."""

    def __init__(self, verifier, client, parameters=None):
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.redirect_uri = f"{self.origin}/callback"
        self.issuer = verifier.issuer
        self.client = client
        client.redirect_uris = [*client.redirect_uris, self.redirect_uri]
        client.extra.setdefault("post_logout_redirect_uris", [f"{self.origin}/"])
        verifier.register(client)
        self.parameters = parameters or {}
        self.results = []
        self._pending = {}
        self._server = None
        self.http = Browserless()

    def start(self):
        """Starts the app's server."""
        app = self

        class Handler(BaseHTTPRequestHandler):
            """Serves the app's pages."""

            def do_GET(self):
                """Answers a page or a redirect."""
                path = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(path.query).items()}
                if path.path == "/login":
                    self._redirect(app.authorize_url(**query))
                elif path.path == "/callback":
                    app.results.append(app.finish(query))
                    self._page(app.results[-1])
                else:
                    self._page({"app": "signed out"})

            def _redirect(self, location):
                self.send_response(303)
                self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _page(self, result):
                name = (result.get("claims") or {}).get("preferred_username", "nobody")
                body = (f"<!doctype html><title>{html.escape(app.client.name)}</title>"
                        f"<h1 id=who>{html.escape(name)}</h1>"
                        f"<pre id=result>{html.escape(json.dumps(result, indent=2))}</pre>").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                """Stays quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        """Stops the app's server."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def discovery(self):
        """The verifier's discovery document."""
        return self.http.get(f"{self.issuer}/.well-known/openid-configuration").json()

    def authorize_url(self, **parameters):
        """Starts a sign-in: the URL to which the browser is sent."""
        state, nonce, proof = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(proof.encode()).digest()).rstrip(b"=").decode()
        self._pending[state] = {"nonce": nonce, "proof": proof}
        query = {"response_type": "code", "client_id": self.client.id, "redirect_uri": self.redirect_uri,
                 "scope": "openid profile", "state": state, "nonce": nonce, "code_challenge": challenge,
                 "code_challenge_method": "S256"} | self.parameters | parameters
        return f"{self.issuer}/oauth2/v1/authorize?{urlencode(query)}"

    def finish(self, query):
        """Ends a sign-in: what came back, checked."""
        pending = self._pending.pop(query.get("state"), None)
        if pending is None:
            return {"error": "unknown state", "query": query}
        if "error" in query:
            return {"error": query["error"], "description": query.get("error_description")}
        if query.get("iss", self.issuer) != self.issuer:
            return {"error": "mixed up issuers", "query": query}
        answer = self.redeem(query["code"], pending["proof"])
        if answer.status != 200:
            return {"error": f"token endpoint {answer.status}", "answer": answer.text}
        tokens = answer.json()
        return {"tokens": tokens, "claims": self.verify_id_token(tokens["id_token"], pending["nonce"])}

    def finish_url(self, url):
        """Ends a sign-in by the URL that the browser was sent to."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        return self.finish(query)

    def redeem(self, code, proof):
        """Exchanges a code at the token endpoint."""
        basic = base64.b64encode(f"{self.client.id}:{self.client.secret}".encode()).decode()
        return self.http.post_form(
            self.discovery()["token_endpoint"],
            {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
             "code_verifier": proof},
            headers={"Authorization": f"Basic {basic}"})

    def verify_id_token(self, token, nonce):
        """Checks an ID token under the published keys and answers its claims."""
        discovery = self.discovery()
        keys = KeySet.import_key_set(self.http.get(discovery["jwks_uri"]).json())
        parsed = jwt.decode(token, keys, algorithms=["RS256", "ES256"])
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer}, aud={"essential": True, "value": self.client.id},
            nonce={"essential": True, "value": nonce}, exp={"essential": True}, iat={"essential": True},
            sub={"essential": True}, auth_time={"essential": True}, amr={"essential": True})
        registry.validate(parsed.claims)
        assert abs(parsed.claims["iat"] - time.time()) < 60
        return parsed.claims

    def wait_for_result(self, count=1, timeout=30):
        """Waits for the result of a sign-in."""
        wait_until(lambda: len(self.results) >= count, timeout, what="a sign-in at the app")
        return self.results[count - 1]
