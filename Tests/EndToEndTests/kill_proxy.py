# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Stands at the issuer's address before a verifier that is killed and started again.

Keeps the responses that agents posted, so that they can be posted again, and gives each attempt an address of its own,
so that the verifier's limits by address do not end a test of hundreds of attempts. `lose(method, path)` tells which
answers the caller never sees.
"""

import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness.isolation import free_port

_NOT_PASSED_ON = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "te",
    "trailer",
    "upgrade",
    "date",
    "server",
}


@dataclass
class Response:
    """A response that an agent posted, and the verifier's status: 0 where it did not answer."""

    path: str
    body: bytes
    status: int = 0


class KillProxy:
    """Passes requests on, one connection each; drops the caller's where the verifier drops its own."""

    def __init__(self):
        self.port = free_port()
        self.target = None
        self.responses = []
        self.hold = None
        self.lose = None
        self._attempt = 0
        self._server = None

    def next_address(self):
        """Lets what follows come from another address."""
        self._attempt += 1

    @property
    def address(self):
        """The address that requests seem to come from."""
        return f"198.18.{self._attempt // 250 % 250}.{self._attempt % 250 + 1}"

    def start(self, target):
        """Starts passing requests on to a port."""
        self.target = target
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            """Passes one request on."""

            protocol_version = "HTTP/1.1"

            def _pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if proxy.hold:
                    proxy.hold(self.command, self.path)
                noted = None
                if self.command == "POST" and self.path.endswith("/verify"):
                    noted = Response(self.path, body)
                    proxy.responses.append(noted)
                try:
                    answer, data = self._ask(body)
                except (OSError, http.client.HTTPException):
                    self.close_connection = True
                    return
                if proxy.lose and proxy.lose(self.command, self.path):
                    self.close_connection = True
                    return
                if noted:
                    noted.status = answer.status
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in _NOT_PASSED_ON:
                        self.send_header(key, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _ask(self, body):
                upstream = http.client.HTTPConnection("127.0.0.1", proxy.target, timeout=30)
                headers = {key: value for key, value in self.headers.items() if key.lower() not in _NOT_PASSED_ON}
                headers["X-Forwarded-For"] = proxy.address
                try:
                    upstream.request(self.command, self.path, body=body or None, headers=headers)
                    answer = upstream.getresponse()
                    return answer, answer.read()
                finally:
                    upstream.close()

            do_GET = do_POST = do_DELETE = _pass_on

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                """Stays quiet."""

        class Server(ThreadingHTTPServer):
            """Says nothing of callers that went away."""

            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A caller that was killed went away."""

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        """Stops."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
