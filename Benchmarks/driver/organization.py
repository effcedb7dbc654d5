# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""An organisation that exists for one agent: enrols it, signs challenges, and takes its first response."""

import base64
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from harness.isolation import free_port

SIGNALS = [
    "platform",
    "osName",
    "osVersion",
    "kernelVersion",
    "manufacturer",
    "model",
    "diskEncryptionType",
    "screenLockType",
    "secureHardwarePresent",
    "secureBoot",
]


def base64url(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """A P-256 key with a name, which signs compact JWSs."""

    def __init__(self, name):
        self.name = name
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "kid": name,
            "use": "sig",
            "alg": "ES256",
            "x": base64url(numbers.x.to_bytes(32, "big")),
            "y": base64url(numbers.y.to_bytes(32, "big")),
        }

    def jws(self, claims, kind):
        """A compact JWS of a type."""
        header = {"alg": "ES256", "kid": self.name, "typ": kind}
        signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class FakeOrganization:
    """Speaks the verifier's part of an enrolment on a port that a faster stub takes over afterwards."""

    def __init__(self, name="Benchmark"):
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.origin = self.issuer
        self.name = name
        self.id = f"00o{name}"
        self.user_id = f"00u{name}"
        self.key = SigningKey("benchmark-1")
        self.responses = []
        self._server = None

    def start(self):
        """Starts the server for the enrolment."""
        organization = self

        class Handler(BaseHTTPRequestHandler):
            """Answers what an agent asks, one request a connection: none may outlive the server."""

            def do_GET(self):
                """Answers a document."""
                self._answer(organization.document(self.path.partition("?")[0]))

            def do_POST(self):
                """Takes an enrolment or a response."""
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if self.path == "/idp/myaccount/app-authenticators":
                    self._answer(organization.enrolled())
                elif self.path.startswith("/idp/myaccount/"):
                    self._answer(None)
                else:
                    organization.responses.append(body)
                    self._answer({})

            def _answer(self, value):
                body = json.dumps({} if value is None else value).encode()
                self.send_response(404 if value is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                """Stays quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self):
        """Frees the port."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def document(self, path):
        """A document of the organisation, or None."""
        if path == "/.well-known/okta-organization":
            return {"id": self.id}
        if path == "/.well-known/countersign-keysets":
            return {"announcements": []}
        if path == "/.well-known/app-authenticator-configuration":
            return [
                {
                    "authenticatorId": "autBenchmark",
                    "orgId": self.id,
                    "name": self.name,
                    "key": "countersign",
                    "issuer": self.issuer,
                    "settings": {"userVerification": "none", "oauthClientId": "countersign-agent"},
                    "appAuthenticatorEnrollEndpoint": f"{self.issuer}/idp/myaccount/app-authenticators",
                    "pinnedKeySet": {"sequence": 1, "keys": [self.key.jwk], "allowedOrigins": [self.origin]},
                }
            ]
        return None

    def enrolled(self):
        """The answer to an enrolment."""
        return {
            "id": f"enr{self.name}",
            "user": {"id": self.user_id, "username": "benchmark"},
            "device": {"id": f"dev{self.name}", "clientInstanceId": f"cli{self.name}"},
            "methods": {"signed_nonce": {"id": f"met{self.name}"}},
        }

    def challenge(self, signals, mediation="NONE", verification="NONE"):
        """A new challenge, each of a transaction of its own."""
        now = int(time.time())
        transaction = f"ft{secrets.token_hex(12)}"
        return self.key.jws(
            {
                "iss": self.issuer,
                "aud": self.issuer,
                "iat": now,
                "nbf": now,
                "exp": now + 300,
                "jti": secrets.token_urlsafe(16),
                "nonce": secrets.token_urlsafe(32),
                "transactionId": transaction,
                "orgId": self.id,
                "userId": self.user_id,
                "verificationUri": f"{self.issuer}/idp/authenticators/autBenchmark/transactions/{transaction}/verify",
                "method": "signed_nonce",
                "keyTypes": ["proofOfPossession", "userVerification"],
                "userVerification": verification,
                "userMediation": mediation,
                "signals": signals,
                "signalProviders": [],
                "loginHint": "benchmark",
                "appInstanceName": "Benchmark",
                "allowedOrigins": [self.origin],
                "bindings": ["LOOPBACK"],
                "keyProtection": "ANY",
                "devicePostureChecks": [],
            },
            "okta-devicebind+jwt",
        )

    def write_challenges(self, path, count, signals=None, **wishes):
        """Writes so many challenges to a file, a line each."""
        signals = SIGNALS if signals is None else signals
        path.write_text("".join(self.challenge(signals, **wishes) + "\n" for _ in range(count)))
        return path
