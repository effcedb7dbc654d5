# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""An organisation that is there to be measured against: it enrols anyone, and mints challenges in advance."""

import base64
import hashlib
import json
import secrets
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from harness.http import Browserless
from harness.isolation import free_port
from harness.processes import Daemon, wait_until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
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

_NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/nginx-error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    keepalive_timeout 600;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /idp/authenticators/ {{ default_type application/json; return 200 '{{}}'; }}
        location = /challenge {{ return 200; }}
        location = /signin {{ default_type text/html; return 200 '{page}'; }}
        location / {{ proxy_pass http://127.0.0.1:{behind}; }}
    }}
}}
"""


def base64url(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """A P-256 key that signs JWS."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "x": base64url(numbers.x.to_bytes(32, "big")),
            "y": base64url(numbers.y.to_bytes(32, "big")),
        }
        members = json.dumps({name: self.jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        self.jwk["kid"] = base64url(hashlib.sha256(members.encode()).digest())

    def pem(self):
        """The private key, as OpenSSL reads it."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, kind, claims):
        """A compact JWS."""
        header = {"alg": "ES256", "kid": self.jwk["kid"], "typ": kind}
        signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class Organization:
    """nginx answers what is measured, a small server behind it answers the rest."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port, self._behind = free_port(), free_port()
        self.issuer = f"http://localhost:{self.port}"
        self.key = SigningKey()
        self.user_id = "00uBench"
        self.last_response = None
        self._nginx = None
        self._server = None

    def start(self):
        """Starts both servers."""
        organization = self

        class Handler(BaseHTTPRequestHandler):
            """Serves what an agent asks for when it enrols."""

            def do_GET(self):
                """Serves the configuration."""
                if self.path.startswith("/.well-known/app-authenticator-configuration"):
                    self._send(200, [organization.configuration()])
                elif self.path.startswith("/.well-known/okta-organization"):
                    self._send(200, {"id": "00oBench"})
                elif self.path.startswith("/.well-known/countersign-keysets"):
                    self._send(200, {"announcements": []})
                else:
                    self._send(404, {})

            def do_POST(self):
                """Accepts an enrolment."""
                self.rfile.read(int(self.headers["Content-Length"]))
                self._send(
                    201,
                    {
                        "id": "aenBench",
                        "user": {"id": organization.user_id, "username": "bench"},
                        "device": {"id": "guoBench", "clientInstanceId": "cliBench"},
                        "methods": {"signed_nonce": {"id": "opfBench"}},
                    },
                )

            def _send(self, status, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                """Stays quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._behind), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            _NGINX.format(directory=self.directory, port=self.port, behind=self._behind, page="x" * 2048)
        )
        self._nginx = Daemon(
            [NGINX, "-c", configuration, "-e", self.directory / "nginx-start.log"], self.directory / "nginx.log"
        ).start()

        def alive():
            if not self._nginx.running:
                raise RuntimeError(self._nginx.output())
            try:
                return Browserless().get(f"http://127.0.0.1:{self.port}/signin").status == 200
            except OSError:
                return False

        wait_until(alive, what="nginx")
        return self

    def stop(self):
        """Stops both servers."""
        if self._nginx:
            self._nginx.stop()
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def configuration(self):
        """What an agent is told before it enrols."""
        return {
            "authenticatorId": "autBench",
            "orgId": "00oBench",
            "name": "Benchmark",
            "key": "countersign",
            "issuer": self.issuer,
            "settings": {"userVerification": "none", "oauthClientId": "countersign-agent"},
            "appAuthenticatorEnrollEndpoint": f"{self.issuer}/idp/myaccount/app-authenticators",
            "pinnedKeySet": {"sequence": 1, "keys": [self.key.jwk], "allowedOrigins": [self.issuer]},
        }

    def challenge(self, number, signals):
        """A challenge that nobody need be asked for."""
        now = int(time.time())
        return self.key.sign(
            "okta-devicebind+jwt",
            {
                "iss": self.issuer,
                "aud": self.issuer,
                "iat": now,
                "nbf": now,
                "exp": now + 300,
                "jti": secrets.token_urlsafe(16),
                "nonce": secrets.token_urlsafe(32),
                "transactionId": f"tx{number}",
                "orgId": "00oBench",
                "userId": self.user_id,
                "verificationUri": f"{self.issuer}/idp/authenticators/autBench/transactions/tx{number}/verify",
                "method": "signed_nonce",
                "keyTypes": ["proofOfPossession"],
                "userVerification": "DISCOURAGED",
                "userMediation": "NONE",
                "signals": signals,
                "signalProviders": [],
                "loginHint": "bench",
                "appInstanceName": "Benchmark",
                "allowedOrigins": [self.issuer],
                "bindings": ["LOOPBACK"],
                "keyProtection": "ANY",
                "devicePostureChecks": [],
            },
        )

    def request(self, port, body, path="/challenge"):
        """The bytes of a POST as Chromium sends it to loopback."""
        body = body.encode()
        return (
            f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: keep-alive\r\n"
            f'Content-Length: {len(body)}\r\nsec-ch-ua-platform: "Linux"\r\n'
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "
            "Safari/537.36\r\nContent-Type: application/json\r\nAccept: */*\r\n"
            f"Origin: {self.issuer}\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n"
            "Sec-Fetch-Dest: empty\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US\r\n\r\n"
        ).encode() + body

    def write_challenges(self, path, port, count, signals):
        """Writes requests with so many fresh challenges to a file."""
        with Path(path).open("wb") as file:
            for number in range(count):
                body = json.dumps({"challengeRequest": self.challenge(number, signals)}, separators=(",", ":"))
                request = self.request(port, body)
                file.write(b"%08d\n" % len(request) + request)


def build_tool(source, directory, *libraries):
    """Compiles one of the measuring programs."""
    program = Path(directory) / Path(source).stem
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", program, source, *libraries], check=True)
    return program
