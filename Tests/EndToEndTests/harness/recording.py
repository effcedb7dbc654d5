# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A reverse proxy before the verifier that writes down what passes, and can hold or drop it."""

import http.client
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .isolation import free_port

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade"}


@dataclass
class Exchange:
    """A request and its answer."""

    method: str
    path: str
    headers: dict
    body: bytes
    status: int = 0
    answer: bytes = b""


class RecordingProxy:
    """Stands at the issuer's address; the verifier listens elsewhere."""

    def __init__(self):
        self.port = free_port()
        self.target = None
        self.exchanges = []
        self.before = lambda exchange: None
        self._server = None

    def start(self, target):
        """Starts passing requests on to a port."""
        proxy = self
        self.target = target

        class Handler(BaseHTTPRequestHandler):
            """Passes requests on."""

            protocol_version = "HTTP/1.1"

            def _pass_on(self):
                length = int(self.headers.get("Content-Length") or 0)
                exchange = Exchange(self.command, self.path, dict(self.headers), self.rfile.read(length))
                proxy.exchanges.append(exchange)
                if proxy.before(exchange) == "drop":
                    self.close_connection = True
                    return
                upstream = http.client.HTTPConnection("127.0.0.1", proxy.target, timeout=60)
                headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
                headers["X-Forwarded-For"] = self.client_address[0]
                headers["X-Forwarded-Proto"] = "http"
                upstream.request(self.command, self.path, body=exchange.body or None, headers=headers)
                response = upstream.getresponse()
                exchange.answer, exchange.status = response.read(), response.status
                upstream.close()
                self.send_response(response.status)
                for key, value in response.getheaders():
                    if key.lower() not in _HOP_BY_HOP | {"date", "server"}:
                        self.send_header(key, value)
                if response.status != 204:
                    self.send_header("Content-Length", str(len(exchange.answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(exchange.answer)

            do_GET = do_POST = do_DELETE = do_OPTIONS = do_HEAD = do_PUT = _pass_on

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                """Stays quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        """Stops."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def matching(self, method, part):
        """The recorded exchanges of a method whose path contains a text."""
        return [item for item in self.exchanges if item.method == method and part in item.path]

    def wait_for(self, method, part, count=1, timeout=15):
        """Waits until so many such exchanges were answered."""
        deadline = time.monotonic() + timeout
        while True:
            found = [item for item in self.matching(method, part) if item.status]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"no {method} {part}: {[(e.method, e.path) for e in self.exchanges]}"
            time.sleep(0.02)
