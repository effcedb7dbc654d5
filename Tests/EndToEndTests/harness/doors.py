# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Raw bytes to a port, and what comes back."""

import socket
import time


def raw(port, data, half_close=False, host="127.0.0.1", timeout=10.0):
    """Sends bytes, optionally closes the sending side, and reads until the other side closes or time is up."""
    with socket.create_connection((host, port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # Refused while sending: what was answered is read below.
        return read_all(connection, timeout)


def read_all(connection, timeout):
    """Reads until the other side closes, an answer is complete, or time is up."""
    received = b""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        connection.settimeout(max(0.05, deadline - time.monotonic()))
        try:
            block = connection.recv(65536)
        except (TimeoutError, ConnectionResetError):
            break
        if not block:
            break
        received += block
        if is_complete(received):
            break
    return received


def is_complete(received):
    """Whether a response with its body is there."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) >= int(value)
    return False


def status(answer):
    """The status of a response, or `None` where none came."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[0].startswith(b"HTTP/") else None


def post(path, body, content_type="application/json", origin=None, host="localhost", extra=""):
    """The bytes of a POST."""
    if isinstance(body, str):
        body = body.encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    if origin:
        lines.append(f"Origin: {origin}")
    return ("\r\n".join(lines) + "\r\n" + extra + "\r\n").encode() + body
