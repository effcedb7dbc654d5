# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Bytes on a TCP connection, as only a broken or hostile client sends them."""

import contextlib
import json
import os
import socket
import time


class RawAnswer:
    """An HTTP answer as it came."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name):
        """The value of a header that comes once, or None."""
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) <= 1, f"{name} comes {len(values)} times"
        return values[0] if values else None

    def json(self):
        """The body, which must be JSON and say so."""
        assert self.header("Content-Type").split(";")[0] == "application/json", self.headers
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"


class Raw:
    """One connection."""

    def __init__(self, port, host="127.0.0.1", timeout=10.0):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Sends bytes; what the other end does not take any more is dropped."""
        timeout = self.socket.gettimeout()
        self.socket.settimeout(3)
        with contextlib.suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)
        self.socket.settimeout(timeout)
        return self

    def half_close(self):
        """Says that nothing more will come."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        return self

    def _fill(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._buffer += data
        return bool(data)

    def _take(self, count):
        while len(self._buffer) < count:
            assert self._fill(), "the answer broke off"
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _line(self):
        while b"\r\n" not in self._buffer:
            assert self._fill(), "the answer broke off"
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def answer(self, bodyless=False):
        """The next answer; None where the connection was closed without one."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._fill():
                assert not self._buffer, f"neither an answer nor none: {self._buffer[:200]!r}"
                return None
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        version, status, _ = (lines[0] + " ").split(" ", 2)
        assert version == "HTTP/1.1" and len(status) == 3, lines[0]
        headers = [
            (key.strip().lower(), value.strip()) for key, _, value in (line.partition(":") for line in lines[1:])
        ]
        answer = RawAnswer(int(status), headers, b"")
        if bodyless or answer.status in (204, 304):
            return answer
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            while size := int(self._line(), 16):
                answer.body += self._take(size)
                self._line()
            self._line()
        else:
            answer.body = self._take(int(answer.header("Content-Length") or 0))
        return answer

    def closed_within(self, seconds):
        """Whether the other end closes within a time; what it still says is dropped."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                if not self._fill():
                    return True
            except TimeoutError:
                return False
        return False


def request(method, target, headers=(), body=b"", host="localhost", length=True):
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/1.1"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{key}: {value}" for key, value in headers]
    if length and (body or method == "POST"):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def resident_bytes(pid):
    """How much memory of its own a process has."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))


def descriptors(pid):
    """How many files and sockets a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


# What is no HTTP request at all.
GARBAGE = {
    "HTTP/0.9": b"GET /probe\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(range(64)) * 3,
    "NUL bytes": bytes(512) + b"\r\n\r\n",
    "random bytes": bytes((index * 197 + 13) % 251 + 1 for index in range(4096)) + b"\r\n\r\n",
    "no version": b"GET /probe \r\nHost: localhost\r\n\r\n",
    "version 9.9": b"GET /probe HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "NUL in the path": b"GET /pro\x00be HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "space in a header's name": b"GET /probe HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "folded header": b"GET /probe HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n",
    "NUL in a header": b"GET /probe HTTP/1.1\r\nHost: localhost\r\nX-A: b\x00c\r\n\r\n",
    "bare CR in a header": b"GET /probe HTTP/1.1\r\nHost: localhost\r\nX-A: b\rX-B: c\r\n\r\n",
}

# Bodies whose end is not clear: the way to smuggle a second request past a proxy.
AMBIGUOUS = {
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": "Content-Length: -1\r\n\r\n",
    "length in letters": "Content-Length: ten\r\n\r\n0123456789",
    "length with a sign": "Content-Length: +2\r\n\r\n{}",
    "length of 2^64": "Content-Length: 18446744073709551616\r\n\r\n",
    "chunks of no number": "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "chunk of 2^64": "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{}\r\n0\r\n\r\n",
    "unknown encoding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
}

# JSON that no endpoint takes.
NOT_JSON = {
    "nothing": b"",
    "a brace": b"{",
    "an array": b"[]",
    "null": b"null",
    "a number": b"1e999",
    "a text": b'"eyJ"',
    "not UTF-8": b'{"challengeRequest":"\xff\xfe"}',
    "UTF-16": '{"challengeRequest":"a"}'.encode("utf-16"),
    "trailing bytes": b'{"a":1}}',
    "100,000 arrays deep": b"[" * 100_000,
    "100,000 closed arrays deep": b"[" * 100_000 + b"]" * 100_000,
    "20,000 objects deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
}
